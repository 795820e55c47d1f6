package io.p2pboot.libp2p.crypto;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;

import com.google.protobuf.ByteString;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.multiformats.DecodeException;
import io.p2pboot.libp2p.wire.pb.CryptoProto;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Keys as jvm-libp2p, Nabu and Teku write them, and key files that hold text.
 */
class ForeignKeyTest {

	@TempDir
	Path folder;

	private static byte[] data(PrivateKey key) throws IOException {
		return CryptoProto.PrivateKey.parseFrom(key.encoded()).getData().toByteArray();
	}

	private static PrivateKey decoded(KeyType type, byte[] data) throws DecodeException {
		return PrivateKey.decode(CryptoProto.PrivateKey.newBuilder()
			.setType(CryptoProto.KeyType.forNumber(type.ordinal()))
			.setData(ByteString.copyFrom(data))
			.build()
			.toByteString()
			.asReadOnlyByteBuffer());
	}

	private static void assertSame(PrivateKey read, PrivateKey key) throws DecodeException {
		assertThat(read.encoded()).isEqualTo(key.encoded());
		assertThat(PeerId.of(read.publicKey())).isEqualTo(PeerId.of(key.publicKey()));
		ByteBuffer signed = read.sign(ByteBuffer.wrap(new byte[] { 1, 2, 3 }));
		assertThat(key.publicKey().verify(ByteBuffer.wrap(new byte[] { 1, 2, 3 }), signed)).isTrue();
	}

	@Test
	void anEd25519SeedAloneIsAKey() throws IOException {
		PrivateKey key = PrivateKey.generate(KeyType.ED25519);
		assertSame(decoded(KeyType.ED25519, Arrays.copyOf(data(key), 32)), key);
	}

	@ParameterizedTest
	@ValueSource(ints = { 0, 1, 31, 33, 63, 65, 95, 97, 128 })
	void anEd25519KeyOfAnotherLengthIsNone(int bytes) {
		assertThatExceptionOfType(DecodeException.class).isThrownBy(() -> decoded(KeyType.ED25519, new byte[bytes]))
			.withMessageContaining(bytes + "");
	}

	@Test
	void anEcdsaKeyInPkcs8IsAKey() throws Exception {
		KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
		generator.initialize(new ECGenParameterSpec("secp256r1"));
		java.security.KeyPair pair = generator.generateKeyPair();
		PrivateKey read = decoded(KeyType.ECDSA, pair.getPrivate().getEncoded());
		assertThat(CryptoProto.PublicKey.parseFrom(read.publicKey().encoded()).getData().toByteArray())
			.isEqualTo(pair.getPublic().getEncoded());
		// SEC 1, as the specification has it, and that is read as well.
		assertThat(HexFormat.of().formatHex(data(read))).startsWith("30770201010420");
		assertSame(PrivateKey.decode(read.encoded()), read);
	}

	@Test
	void anEcdsaKeyOfAnotherCurveIsNone() throws Exception {
		KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
		generator.initialize(new ECGenParameterSpec("secp384r1"));
		byte[] other = generator.generateKeyPair().getPrivate().getEncoded();
		assertThatExceptionOfType(DecodeException.class).isThrownBy(() -> decoded(KeyType.ECDSA, other))
			.withMessageContaining("P-256");
	}

	@ParameterizedTest
	@ValueSource(ints = { 256, 248, 247, 240, 224 })
	void aSecp256k1NumberIsAKeyInAsManyBytesAsItNeeds(int bits) throws IOException {
		BigInteger secret = BigInteger.ONE.shiftLeft(bits - 1).add(BigInteger.valueOf(12_345));
		byte[] fixed = HexFormat.of().parseHex(String.format("%064x", secret));
		assertSame(decoded(KeyType.SECP256K1, secret.toByteArray()), decoded(KeyType.SECP256K1, fixed));
	}

	@ParameterizedTest
	@ValueSource(strings = { "01", "00ff", "0000000000000000000000000000000000000000000000000000000000000001",
			"ff00000000000000000000000000000000000000000000000000000000000001",
			"0100000000000000000000000000000000000000000000000000000000000000ff",
			"00010000000000000000000000000000000000000000000000000000000000000001" })
	void whatIsNoNumberOfASecp256k1KeyIsNone(String hex) {
		byte[] bytes = HexFormat.of().parseHex(hex);
		if (bytes.length != 32) {
			assertThatExceptionOfType(DecodeException.class).isThrownBy(() -> decoded(KeyType.SECP256K1, bytes));
		}
	}

	private Path file(String text) throws IOException {
		Path file = this.folder.resolve("peer.key");
		Files.deleteIfExists(file);
		KeyFile.readOrCreate(file, KeyType.ED25519);
		Files.writeString(file, text, StandardCharsets.ISO_8859_1);
		return file;
	}

	private static byte[] bytes(PrivateKey key) {
		byte[] bytes = new byte[key.encoded().remaining()];
		key.encoded().get(bytes);
		return bytes;
	}

	@ParameterizedTest
	@EnumSource
	void aFileInBase64OrHexIsRead(KeyType type) throws IOException {
		PrivateKey key = PrivateKey.generate(type);
		String base64 = Base64.getEncoder().encodeToString(bytes(key));
		String hex = HexFormat.of().formatHex(bytes(key));
		assertSame(KeyFile.read(file(base64)), key);
		assertSame(KeyFile.read(file(base64 + "\n")), key);
		assertSame(KeyFile.read(file(Base64.getMimeEncoder().encodeToString(bytes(key)) + "\r\n")), key);
		assertSame(KeyFile.read(file(Base64.getUrlEncoder().withoutPadding().encodeToString(bytes(key)))), key);
		assertSame(KeyFile.read(file(hex)), key);
		assertSame(KeyFile.read(file("0x" + hex.toUpperCase(Locale.ROOT) + "\n")), key);
	}

	@Test
	void anotherFormIsNamedWithWhatBringsTheKeyIntoOurs() {
		assertThatExceptionOfType(KeyFileException.class)
			.isThrownBy(() -> KeyFile.read(file("-----BEGIN PRIVATE KEY-----\nMC4CAQ==\n-----END PRIVATE KEY-----\n")))
			.withMessageContaining("PEM")
			.satisfies((failed) -> assertThat(failed.action()).contains("libp2p-protobuf-cleartext"));
		assertThatExceptionOfType(KeyFileException.class)
			.isThrownBy(() -> KeyFile.read(file("{\n  \"Identity\": { \"PrivKey\": \"CAES\" } }")))
			.withMessageContaining("JSON")
			.satisfies((failed) -> assertThat(failed.action()).contains("jq -r .Identity.PrivKey"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "hello", "CAESQ", "0801", "not a key at all", "\u0000\u0001" })
	void nobodyIsToldToGiveUpAnIdentity(String text) {
		assertThatExceptionOfType(KeyFileException.class).isThrownBy(() -> KeyFile.read(file(text)))
			.withMessageContaining("truncated or no libp2p private key")
			.satisfies((failed) -> assertThat(failed.action()).contains("backup").doesNotContain("move it away"));
	}

}

package io.p2pboot.libp2p.crypto;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.Stream;

import io.p2pboot.libp2p.multiformats.DecodeException;
import io.p2pboot.libp2p.multiformats.Vectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Keys and signatures that the specification and other stacks publish.
 */
@Timeout(60)
class KeyVectorsTest {

	static Stream<String[]> keys() {
		return Vectors.rows("keys.txt");
	}

	static Stream<String[]> signatures() {
		return Vectors.rows("signatures.txt");
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("keys")
	void keysOfOthersAreReadAndWrittenAlike(String name, String type, String privateKey, String publicKey)
			throws DecodeException {
		PrivateKey key = PrivateKey.decode(Vectors.bytes(privateKey));
		assertThat(key.type()).isEqualTo(KeyType.valueOf(type));
		assertThat(Vectors.hex(key.publicKey().encoded())).isEqualTo(publicKey);
		assertThat(PublicKey.decode(Vectors.bytes(publicKey))).isEqualTo(key.publicKey())
			.hasSameHashCodeAs(key.publicKey());
		assertThat(PrivateKey.decode(key.encoded()).publicKey()).isEqualTo(key.publicKey());
		ByteBuffer data = ByteBuffer.wrap(new byte[] { 1, 2, 3 });
		assertThat(key.publicKey().verify(data.duplicate(), key.sign(data.duplicate()))).isTrue();
	}

	@ParameterizedTest(name = "{0} {1}")
	@MethodSource("signatures")
	void signaturesOfOthersAreValid(String name, String type, String publicKey, String data, String signature)
			throws DecodeException {
		PublicKey key = PublicKey.decode(Vectors.bytes(publicKey));
		assertThat(key.type()).isEqualTo(KeyType.valueOf(type));
		assertThat(key.verify(Vectors.bytes(data), Vectors.bytes(signature))).isTrue();
		assertThat(key.verify(Vectors.bytes(data + "00"), Vectors.bytes(signature))).isFalse();
	}

	@Test
	void deterministicSignaturesAreThoseOfGo() throws DecodeException {
		List<String[]> keys = keys().filter((row) -> row[0].equals("go-fixture")).toList();
		for (String[] signed : signatures().filter((row) -> row[0].equals("go-fixture")).toList()) {
			String[] pair = keys.stream().filter((row) -> row[1].equals(signed[1])).findFirst().orElseThrow();
			if (!signed[1].equals("ECDSA")) {
				ByteBuffer signature = PrivateKey.decode(Vectors.bytes(pair[2])).sign(Vectors.bytes(signed[3]));
				assertThat(Vectors.hex(signature)).as(signed[1]).isEqualTo(signed[4]);
			}
		}
	}

	@Test
	void theOlderFormOfEd25519IsReadOnlyWhenItsHalvesAgree() {
		String[] old = keys().filter((row) -> row[2].startsWith("08011260")).findFirst().orElseThrow();
		for (int at : new int[] { 4 + 32, 4 + 64, 4 + 95 }) {
			byte[] wrong = Vectors.array(Vectors.bytes(old[2]));
			wrong[at] ^= 1;
			assertThatExceptionOfType(DecodeException.class)
				.isThrownBy(() -> PrivateKey.decode(ByteBuffer.wrap(wrong)));
		}
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("keys")
	void whatIsCutOffAnywhereIsRefused(String name, String type, String privateKey, String publicKey) {
		byte[] secret = Vectors.array(Vectors.bytes(privateKey));
		int step = (secret.length > 500) ? 7 : 1;
		for (int length = 0; length < secret.length; length += step) {
			ByteBuffer cut = ByteBuffer.wrap(secret, 0, length);
			assertThatExceptionOfType(DecodeException.class).isThrownBy(() -> PrivateKey.decode(cut));
		}
		byte[] open = Vectors.array(Vectors.bytes(publicKey));
		for (int length = 0; length < open.length; length++) {
			ByteBuffer cut = ByteBuffer.wrap(open, 0, length);
			assertThatExceptionOfType(DecodeException.class).isThrownBy(() -> PublicKey.decode(cut));
		}
	}

	@ParameterizedTest
	@EnumSource
	void newKeysComeBack(KeyType type) throws DecodeException { // B2
		PrivateKey key = PrivateKey.generate(type);
		assertThat(PrivateKey.decode(key.encoded()).encoded()).isEqualTo(key.encoded());
		assertThat(PublicKey.decode(key.publicKey().encoded())).isEqualTo(key.publicKey());
		assertThat(key.toString() + key.publicKey()).doesNotContain(Vectors.hex(key.encoded()).substring(10, 30));
	}

	@ParameterizedTest
	@ValueSource(strings = { "-", "0801", "080412200000", "08ffffffffffffffffff01120100", "1220", "ff",
			"0801121fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
			"080112210000000000000000000000000000000000000000000000000000000000000000000000",
			"080212210400000000000000000000000000000000000000000000000000000000000000000000",
			"0802122105ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", "08021201ff",
			"08031202300000", "0800120130" })
	void refusesWhatIsNoKey(String hex) {
		assertThatExceptionOfType(DecodeException.class).isThrownBy(() -> PublicKey.decode(Vectors.bytes(hex)));
		assertThatExceptionOfType(DecodeException.class).isThrownBy(() -> PrivateKey.decode(Vectors.bytes(hex)));
	}

	@Test
	void aKeyOfASmallOrderIsRefused() {
		// The points of order 1, 2, 4 and 8 in their canonical encodings.
		for (String point : List.of("0100000000000000000000000000000000000000000000000000000000000000",
				"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
				"0000000000000000000000000000000000000000000000000000000000000000",
				"0000000000000000000000000000000000000000000000000000000000000080",
				"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
				"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")) {
			assertThatExceptionOfType(DecodeException.class)
				.isThrownBy(() -> PublicKey.decode(Vectors.bytes("08011220" + point)));
		}
	}

	@Test
	void anEncodedKeyIsBoundedBeforeItIsRead() {
		assertThatExceptionOfType(DecodeException.class)
			.isThrownBy(() -> PublicKey.decode(ByteBuffer.allocate(PublicKey.MAX_ENCODED_BYTES + 1)))
			.withMessageContaining("longer than");
		assertThatExceptionOfType(DecodeException.class)
			.isThrownBy(() -> PrivateKey.decode(ByteBuffer.allocate(PrivateKey.MAX_ENCODED_BYTES + 1)))
			.withMessageContaining("longer than");
	}

	@ParameterizedTest
	@CsvSource({ "ff0f", "8010", "ffffffff07", "8080808008", "ffffffffffffffff7f", "ffffffffffffffffff01" })
	void aLengthWithoutItsBytesAllocatesNothing(String length) throws Throwable { // LEN-1
		for (String type : List.of("0800", "0801", "0802", "0803")) {
			Vectors.assertAllocatesLittle(20, () -> assertThatExceptionOfType(DecodeException.class)
				.isThrownBy(() -> PublicKey.decode(Vectors.bytes(type + "12" + length + "3082"))));
		}
	}

}

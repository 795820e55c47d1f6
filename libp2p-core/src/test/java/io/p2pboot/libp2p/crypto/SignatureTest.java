package io.p2pboot.libp2p.crypto;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import io.p2pboot.libp2p.multiformats.DecodeException;
import io.p2pboot.libp2p.multiformats.Vectors;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.RSAPublicKey;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What must not pass as a signature, for each kind of key.
 */
@Timeout(120)
class SignatureTest {

	/**
	 * A valid signature whose point has an x beyond the order, as one in 2^128 has: Java
	 * 17 refuses it.
	 */
	private static final String LARGE_X = "350";

	private static final byte[] MESSAGE = { 'l', 'i', 'b', 'p', '2', 'p' };

	// lesson of RUSTSEC-2019-0004: any 64 bytes were an Ed25519 signature
	@ParameterizedTest
	@EnumSource
	void everyFlippedBitIsSeen(KeyType type) { // KEY-1
		PrivateKey key = PrivateKey.generate(type);
		byte[] signature = Vectors.array(key.sign(ByteBuffer.wrap(MESSAGE)));
		assertThat(verify(key.publicKey(), MESSAGE, signature)).isTrue();
		for (int bit = 0; bit < 8 * signature.length; bit++) {
			assertThat(verify(key.publicKey(), MESSAGE, flipped(signature, bit))).as("signature bit " + bit).isFalse();
		}
		for (int bit = 0; bit < 8 * MESSAGE.length; bit++) {
			assertThat(verify(key.publicKey(), flipped(MESSAGE, bit), signature)).as("message bit " + bit).isFalse();
		}
		byte[] encoded = Vectors.array(key.publicKey().encoded());
		for (int bit = 0; bit < 8 * encoded.length; bit++) {
			assertOtherKeyDoesNotVerify(key.publicKey(), flipped(encoded, bit), signature, bit);
		}
	}

	private static void assertOtherKeyDoesNotVerify(PublicKey key, byte[] encoded, byte[] signature, int bit) {
		PublicKey other;
		try {
			other = PublicKey.decode(ByteBuffer.wrap(encoded));
		}
		catch (DecodeException ex) {
			assertThat(ex).hasMessageContaining("");
			return;
		}
		assertThat(other.equals(key) || !verify(other, MESSAGE, signature)).as("key bit " + bit).isTrue();
	}

	private static byte[] flipped(byte[] bytes, int bit) {
		byte[] flipped = bytes.clone();
		flipped[bit / 8] ^= (byte) (1 << (bit % 8));
		return flipped;
	}

	private static boolean verify(PublicKey key, byte[] data, byte[] signature) {
		return key.verify(ByteBuffer.wrap(data), ByteBuffer.wrap(signature));
	}

	// lesson of CVE-2022-21449: r = s = 0 was a signature of everything
	@ParameterizedTest
	@EnumSource(names = { "ECDSA", "SECP256K1" })
	void zerosAreNoSignature(KeyType type) { // KEY-1
		PublicKey key = PrivateKey.generate(type).publicKey();
		for (String signature : List.of("-", "00", "3006020100020100", "3006020101020100", "3006020100020101", "3000",
				"30060202000002020000")) {
			assertThat(verify(key, MESSAGE, Vectors.array(Vectors.bytes(signature)))).as(signature).isFalse();
		}
	}

	@ParameterizedTest
	@EnumSource
	void aSignatureOfAnyOtherLengthIsRefused(KeyType type) { // KEY-1
		PrivateKey key = PrivateKey.generate(type);
		byte[] signature = Vectors.array(key.sign(ByteBuffer.wrap(MESSAGE)));
		for (int length = 0; length < signature.length; length++) {
			assertThat(verify(key.publicKey(), MESSAGE, java.util.Arrays.copyOf(signature, length))).isFalse();
		}
		assertThat(verify(key.publicKey(), MESSAGE, java.util.Arrays.copyOf(signature, signature.length + 1)))
			.isFalse();
		assertThat(verify(key.publicKey(), MESSAGE, new byte[10_000])).isFalse();
	}

	@ParameterizedTest
	@EnumSource
	void anotherKeyOfItsKindDoesNotVerify(KeyType type) { // KEY-1
		ByteBuffer signature = PrivateKey.generate(type).sign(ByteBuffer.wrap(MESSAGE));
		PublicKey other = PrivateKey.generate(type).publicKey();
		assertThat(other.verify(ByteBuffer.wrap(MESSAGE), signature)).isFalse();
	}

	// lesson of RUSTSEC-2021-0076: r and s beyond the order were accepted
	@ParameterizedTest
	@CsvSource({ "ed25519, 0801", "secp256k1, 0802", "p256, 0803", "rsa2048, 0800" })
	void wycheproofVerdictsHold(String file, String type) { // KEY-1
		String key = "";
		int valid = 0;
		int invalid = 0;
		for (String[] row : Vectors.rows("wycheproof-" + file + ".txt").toList()) {
			key = row[2].equals("=") ? key : row[2];
			boolean accepted = isAccepted(type, key, row);
			if (file.equals("p256") && row[0].equals(LARGE_X) && Runtime.version().feature() < 25) {
				continue;
			}
			if (row[1].equals("valid")) {
				assertThat(accepted).as(file + " " + row[0]).isTrue();
				valid++;
			}
			else if (row[1].equals("invalid")) {
				assertThat(accepted).as(file + " " + row[0]).isFalse();
				invalid++;
			}
		}
		assertThat(valid).isPositive();
		assertThat(invalid).isGreaterThan(valid);
	}

	private static boolean isAccepted(String type, String key, String[] row) {
		try {
			int length = key.length() / 2;
			String prefix = (length < 128) ? "%02x".formatted(length)
					: "%02x%02x".formatted(length & 0x7F | 0x80, length >> 7);
			return PublicKey.decode(Vectors.bytes(type + "12" + prefix + key))
				.verify(Vectors.bytes(row[3]), Vectors.bytes(row[4]));
		}
		catch (DecodeException ex) {
			return false;
		}
	}

	private static byte[] rsa(int bits, BigInteger exponent) throws Exception {
		BigInteger modulus = BigInteger.ONE.shiftLeft(bits - 1).setBit(0).setBit(bits / 2);
		byte[] info = new SubjectPublicKeyInfo(
				new AlgorithmIdentifier(PKCSObjectIdentifiers.rsaEncryption, DERNull.INSTANCE),
				new RSAPublicKey(modulus, exponent))
			.getEncoded();
		ByteBuffer encoded = ByteBuffer.allocate(info.length + 8);
		encoded.put(new byte[] { 8, 0, 0x12 });
		io.p2pboot.libp2p.multiformats.Varint.write(info.length, encoded);
		encoded.put(info);
		return java.util.Arrays.copyOf(encoded.array(), encoded.position());
	}

	// lesson of CVE-2023-39533: huge RSA keys burnt time in handshakes
	@ParameterizedTest
	@ValueSource(ints = { 512, 1024, 2040, 2047, 8193, 8200, 16_384, 65_536 })
	void rsaKeysOfOtherLengthsAreRefused(int bits) throws Exception { // KEY-2, B13
		byte[] key = rsa(bits, BigInteger.valueOf(65_537));
		assertThatExceptionOfType(DecodeException.class).isThrownBy(() -> PublicKey.decode(ByteBuffer.wrap(key)));
	}

	@ParameterizedTest
	@ValueSource(ints = { 2048, 3072, 4096, 8192 })
	void rsaKeysAreReadUpToTheLimits(int bits) throws Exception { // KEY-2
		PublicKey key = PublicKey.decode(ByteBuffer.wrap(rsa(bits, BigInteger.valueOf(65_537))));
		assertThat(key.type()).isEqualTo(KeyType.RSA);
		assertThat(verify(key, MESSAGE, new byte[bits / 8])).isFalse();
	}

	@Test
	void aLongExponentIsRefused() throws Exception { // KEY-2
		byte[] longest = rsa(2048, BigInteger.ONE.shiftLeft(JcaScheme.MAX_EXPONENT_BITS - 1).setBit(0));
		assertThat(PublicKey.decode(ByteBuffer.wrap(longest)).type()).isEqualTo(KeyType.RSA);
		byte[] longer = rsa(2048, BigInteger.ONE.shiftLeft(JcaScheme.MAX_EXPONENT_BITS).setBit(0));
		assertThatExceptionOfType(DecodeException.class).isThrownBy(() -> PublicKey.decode(ByteBuffer.wrap(longer)));
	}

	// lesson of CVE-2025-23020: a peer chose keys whose hashes collide
	@Test
	void aPeerCannotMakeKeysCollide() { // B10
		Set<Integer> seen = new HashSet<>();
		int keys = 0;
		for (int index = 0; index < 1 << 11; index++) {
			byte[] encoded = new byte[36];
			encoded[0] = 8;
			encoded[1] = 1;
			encoded[2] = 0x12;
			encoded[3] = 32;
			for (int pair = 0; pair < 16; pair++) {
				boolean first = pair >= 11 || (index >> pair & 1) == 0;
				encoded[4 + 2 * pair] = (byte) (first ? 'A' : 'B');
				encoded[5 + 2 * pair] = (byte) (first ? 'a' : 'B');
			}
			try {
				seen.add(PublicKey.decode(ByteBuffer.wrap(encoded)).hashCode());
				keys++;
			}
			catch (DecodeException ex) {
				// About half of all bytes are no point of the curve.
				assertThat(ex).hasMessageContaining("point");
			}
		}
		assertThat(keys).isGreaterThan(100);
		assertThat(seen).hasSizeGreaterThan(keys * 9 / 10);
	}

}

package io.p2pboot.libp2p.crypto;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;

import io.p2pboot.libp2p.multiformats.DecodeException;
import io.p2pboot.libp2p.multiformats.Vectors;
import org.bouncycastle.crypto.params.Ed25519PublicKeyParameters;
import org.bouncycastle.math.ec.rfc8032.Ed25519;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Both implementations of Ed25519 make the same signatures and accept the same ones.
 */
@Timeout(120)
class Ed25519FunctionsTest {

	private static final Ed25519Functions PORTABLE = new Ed25519Functions.Portable();

	private static final int KEY_BYTES = Ed25519Functions.KEY_BYTES;

	private final Random random = new Random(25519);

	static List<Ed25519Functions> all() {
		return Stream
			.concat(Stream.of(PORTABLE),
					NativeProvider.find().stream().<Ed25519Functions>map(Ed25519Functions.Native::new))
			.toList();
	}

	@ParameterizedTest
	@MethodSource("all")
	void wycheproofVerdictsHold(Ed25519Functions functions) { // KEY-1
		String key = "";
		int valid = 0;
		int invalid = 0;
		for (String[] row : Vectors.rows("wycheproof-ed25519.txt").toList()) {
			key = row[2].equals("=") ? key : row[2];
			boolean accepted = functions.verifier(HexFormat.of().parseHex(key))
				.verify(Vectors.array(Vectors.bytes(row[3])), Vectors.array(Vectors.bytes(row[4])));
			assertThat(accepted).as(row[0]).isEqualTo(row[1].equals("valid"));
			valid += accepted ? 1 : 0;
			invalid += accepted ? 0 : 1;
		}
		assertThat(valid).isPositive();
		assertThat(invalid).isGreaterThan(valid);
	}

	@Test
	void signaturesAreTheSameBytes() {
		for (int length : new int[] { 0, 1, 31, 32, 64, 200, 5000 }) {
			byte[] seed = bytes(KEY_BYTES);
			byte[] data = bytes(length);
			byte[] expected = PORTABLE.signer(seed).sign(data);
			for (Ed25519Functions functions : all()) {
				assertThat(functions.signer(seed).sign(data)).isEqualTo(expected);
			}
		}
	}

	@ParameterizedTest
	@MethodSource("all")
	void newKeysVerifyWhatTheySignInEveryImplementation(Ed25519Functions functions) {
		for (int i = 0; i < 20; i++) {
			byte[] pair = functions.generate();
			byte[] seed = Arrays.copyOf(pair, KEY_BYTES);
			byte[] publicKey = Arrays.copyOfRange(pair, KEY_BYTES, 2 * KEY_BYTES);
			byte[] data = bytes(40);
			byte[] signature = functions.signer(seed).sign(data);
			assertThat(Ed25519Functions.publicKey(seed)).isEqualTo(publicKey);
			for (Ed25519Functions other : all()) {
				assertThat(other.verifier(publicKey).verify(data, signature)).isTrue();
				assertThat(other.belongs(seed, publicKey)).isTrue();
			}
		}
	}

	@ParameterizedTest
	@MethodSource("all")
	void anotherPublicKeyDoesNotBelongToASeed(Ed25519Functions functions) {
		byte[] pair = functions.generate();
		byte[] seed = Arrays.copyOf(pair, KEY_BYTES);
		byte[] publicKey = Arrays.copyOfRange(pair, KEY_BYTES, 2 * KEY_BYTES);
		for (int bit = 0; bit < 8 * KEY_BYTES; bit++) {
			byte[] flipped = publicKey.clone();
			flipped[bit / 8] ^= (byte) (1 << (bit % 8));
			assertThat(functions.belongs(seed, flipped)).as("bit " + bit).isFalse();
		}
		for (Point small : Point.ofSmallOrder()) {
			byte[] shifted = Point.decode(publicKey).add(small).encode();
			assertThat(functions.belongs(seed, shifted)).isEqualTo(Arrays.equals(shifted, publicKey));
		}
	}

	@Test
	void aPointWithAComponentOfASmallOrderIsNoKey() throws Exception {
		byte[] publicKey = new Signing(bytes(KEY_BYTES)).publicKey;
		for (Point small : Point.ofSmallOrder()) {
			byte[] mixed = Point.decode(publicKey).add(small).encode();
			ByteBuffer encoded = ByteBuffer.allocate(4 + KEY_BYTES)
				.put(new byte[] { 8, 1, 0x12, 32 })
				.put(mixed)
				.flip();
			if (Arrays.equals(mixed, publicKey)) {
				assertThat(PublicKey.decode(encoded).type()).isEqualTo(KeyType.ED25519);
			}
			else {
				assertThatExceptionOfType(DecodeException.class).isThrownBy(() -> PublicKey.decode(encoded));
			}
		}
	}

	// BouncyCastle alone accepts some of these, the native library none.
	@Test
	void aCommitmentWithAComponentOfASmallOrderIsRefusedByAll() {
		Signing signing = new Signing(bytes(KEY_BYTES));
		Map<String, Integer> accepted = new TreeMap<>();
		int byBouncyCastle = 0;
		for (Point small : Point.ofSmallOrder()) {
			for (int i = 0; i < 12 && !small.isNeutral(); i++) {
				byte[] data = bytes(20);
				byte[] signature = signing.sign(data, small);
				for (Ed25519Functions functions : all()) {
					boolean taken = functions.verifier(signing.publicKey).verify(data, signature);
					accepted.merge(functions.getClass().getSimpleName(), taken ? 1 : 0, Integer::sum);
				}
				byBouncyCastle += new Ed25519PublicKeyParameters(signing.publicKey, 0).verify(Ed25519.Algorithm.Ed25519,
						null, data, 0, data.length, signature, 0) ? 1 : 0;
			}
		}
		assertThat(byBouncyCastle).as("the reason for the check").isPositive();
		assertThat(accepted.values()).hasSize(all().size()).containsOnly(0);
	}

	@ParameterizedTest
	@MethodSource("all")
	void theNeutralCommitmentIsAcceptedInItsOneEncoding(Ed25519Functions functions) {
		Signing signing = new Signing(bytes(KEY_BYTES));
		byte[] data = bytes(20);
		byte[] canonical = signing.sign(data, BigInteger.ZERO, Point.NEUTRAL, Point.NEUTRAL.encode());
		assertThat(functions.verifier(signing.publicKey).verify(data, canonical)).isTrue();
		byte[] beyondField = HexFormat.of()
			.parseHex("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");
		byte[] negative = Point.NEUTRAL.encode();
		negative[KEY_BYTES - 1] |= (byte) 0x80;
		for (byte[] other : new byte[][] { beyondField, negative }) {
			byte[] signature = signing.sign(data, BigInteger.ZERO, Point.NEUTRAL, other);
			assertThat(functions.verifier(signing.publicKey).verify(data, signature)).isFalse();
		}
	}

	@ParameterizedTest
	@MethodSource("all")
	void aNumberBeyondTheOrderIsRefused(Ed25519Functions functions) { // KEY-1
		Signing signing = new Signing(bytes(KEY_BYTES));
		byte[] data = bytes(20);
		byte[] signature = signing.sign(data, Point.NEUTRAL);
		SignatureScheme.Verifier verifier = functions.verifier(signing.publicKey);
		assertThat(verifier.verify(data, signature)).isTrue();
		BigInteger number = Point.number(signature, KEY_BYTES);
		for (int times = 1; times < 16; times++) {
			BigInteger larger = number.add(Point.ORDER.multiply(BigInteger.valueOf(times)));
			if (larger.bitLength() <= 8 * KEY_BYTES) {
				byte[] malleable = signature.clone();
				System.arraycopy(Point.littleEndian(larger), 0, malleable, KEY_BYTES, KEY_BYTES);
				assertThat(verifier.verify(data, malleable)).as("S + " + times + " L").isFalse();
			}
		}
	}

	@ParameterizedTest
	@MethodSource("all")
	void everyFlippedBitAndEveryOtherLengthIsSeen(Ed25519Functions functions) { // KEY-1
		Signing signing = new Signing(bytes(KEY_BYTES));
		byte[] data = bytes(20);
		byte[] signature = signing.sign(data, Point.NEUTRAL);
		SignatureScheme.Verifier verifier = functions.verifier(signing.publicKey);
		for (int bit = 0; bit < 8 * signature.length; bit++) {
			byte[] flipped = signature.clone();
			flipped[bit / 8] ^= (byte) (1 << (bit % 8));
			assertThat(verifier.verify(data, flipped)).as("bit " + bit).isFalse();
		}
		for (int length : new int[] { 0, 1, 32, 63, 65, 128 }) {
			assertThat(verifier.verify(data, Arrays.copyOf(signature, length))).as("length " + length).isFalse();
		}
	}

	private byte[] bytes(int length) {
		byte[] bytes = new byte[length];
		this.random.nextBytes(bytes);
		return bytes;
	}

	/** Makes signatures that no honest signer makes. */
	private static final class Signing {

		private final BigInteger secret;

		private final byte[] publicKey;

		Signing(byte[] seed) {
			byte[] hash = sha512(seed);
			hash[0] &= (byte) 0xF8;
			hash[31] = (byte) (hash[31] & 0x7F | 0x40);
			this.secret = Point.number(hash, 0);
			this.publicKey = Ed25519Functions.publicKey(seed);
		}

		/** Signs with a commitment that is off by a point. */
		byte[] sign(byte[] data, Point off) {
			BigInteger nonce = new BigInteger(1, sha512(data)).mod(Point.ORDER);
			return sign(data, nonce, off, Point.BASE.multiply(nonce).add(off).encode());
		}

		byte[] sign(byte[] data, BigInteger nonce, Point off, byte[] commitment) {
			BigInteger challenge = Point.number(sha512(commitment, this.publicKey, data), 0, 64).mod(Point.ORDER);
			BigInteger number = nonce.add(challenge.multiply(this.secret)).mod(Point.ORDER);
			byte[] signature = Arrays.copyOf(commitment, 2 * KEY_BYTES);
			System.arraycopy(Point.littleEndian(number), 0, signature, KEY_BYTES, KEY_BYTES);
			return signature;
		}

		private static byte[] sha512(byte[]... parts) {
			try {
				MessageDigest digest = MessageDigest.getInstance("SHA-512");
				for (byte[] part : parts) {
					digest.update(part);
				}
				return digest.digest();
			}
			catch (NoSuchAlgorithmException ex) {
				throw new IllegalStateException(ex);
			}
		}

	}

	/**
	 * A point of the curve, with the arithmetic of RFC 8032, section 5.1, written
	 * plainly.
	 */
	private record Point(BigInteger x, BigInteger y) {

		static final BigInteger P = BigInteger.ONE.shiftLeft(255).subtract(BigInteger.valueOf(19));

		static final BigInteger ORDER = BigInteger.ONE.shiftLeft(252)
			.add(new BigInteger("27742317777372353535851937790883648493"));

		static final BigInteger D = BigInteger.valueOf(-121_665)
			.multiply(BigInteger.valueOf(121_666).modInverse(P))
			.mod(P);

		static final Point NEUTRAL = new Point(BigInteger.ZERO, BigInteger.ONE);

		static final Point BASE = decode(
				HexFormat.of().parseHex("5866666666666666666666666666666666666666666666666666666666666666"));

		/** All eight, the neutral one first. */
		static List<Point> ofSmallOrder() {
			Point generator = decode(
					HexFormat.of().parseHex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"));
			List<Point> points = new ArrayList<>(List.of(NEUTRAL));
			for (int i = 1; i < 8; i++) {
				points.add(points.get(i - 1).add(generator));
			}
			return points;
		}

		boolean isNeutral() {
			return equals(NEUTRAL);
		}

		Point add(Point other) {
			BigInteger product = D.multiply(this.x.multiply(other.x).multiply(this.y).multiply(other.y)).mod(P);
			BigInteger across = this.x.multiply(other.y).add(other.x.multiply(this.y));
			BigInteger along = this.y.multiply(other.y).add(this.x.multiply(other.x));
			return new Point(across.multiply(BigInteger.ONE.add(product).modInverse(P)).mod(P),
					along.multiply(BigInteger.ONE.subtract(product).modInverse(P)).mod(P));
		}

		Point multiply(BigInteger times) {
			Point sum = NEUTRAL;
			for (int bit = times.bitLength() - 1; bit >= 0; bit--) {
				sum = sum.add(sum);
				sum = times.testBit(bit) ? sum.add(this) : sum;
			}
			return sum;
		}

		static Point decode(byte[] bytes) {
			BigInteger y = number(bytes, 0).clearBit(255);
			BigInteger square = y.multiply(y);
			BigInteger u = square.subtract(BigInteger.ONE).mod(P);
			BigInteger v = D.multiply(square).add(BigInteger.ONE).mod(P);
			BigInteger ratio = u.multiply(v.modInverse(P)).mod(P);
			BigInteger x = ratio.modPow(P.add(BigInteger.valueOf(3)).shiftRight(3), P);
			if (!x.multiply(x).mod(P).equals(ratio)) {
				x = x.multiply(BigInteger.TWO.modPow(P.shiftRight(2), P)).mod(P);
			}
			boolean odd = (bytes[KEY_BYTES - 1] & 0x80) != 0;
			return new Point((x.testBit(0) == odd) ? x : P.subtract(x).mod(P), y);
		}

		byte[] encode() {
			byte[] bytes = littleEndian(this.y);
			bytes[KEY_BYTES - 1] |= (byte) (this.x.testBit(0) ? 0x80 : 0);
			return bytes;
		}

		static BigInteger number(byte[] bytes, int offset) {
			return number(bytes, offset, KEY_BYTES);
		}

		static BigInteger number(byte[] bytes, int offset, int length) {
			byte[] turned = new byte[length];
			for (int i = 0; i < length; i++) {
				turned[i] = bytes[offset + length - 1 - i];
			}
			return new BigInteger(1, turned);
		}

		static byte[] littleEndian(BigInteger number) {
			byte[] bytes = new byte[KEY_BYTES];
			for (int i = 0; i < KEY_BYTES; i++) {
				bytes[i] = number.shiftRight(8 * i).byteValue();
			}
			return bytes;
		}

	}

}

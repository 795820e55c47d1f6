package io.p2pboot.libp2p.crypto;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Provider;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;

import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.params.Ed25519PublicKeyParameters;
import org.bouncycastle.math.ec.rfc8032.Ed25519;

/**
 * The functions of Ed25519 (RFC 8032), on raw keys. All implementations accept the same
 * signatures: those for which {@code S} is below the order and {@code R} is, byte for
 * byte, the point that the equation without the cofactor gives. Stateless.
 */
interface Ed25519Functions {

	/** The size of seeds and public keys, in bytes. */
	int KEY_BYTES = 32;

	/** The size of signatures, in bytes. */
	int SIGNATURE_BYTES = 64;

	/** Signs with one key; the result has {@link #SIGNATURE_BYTES}. */
	interface RawSigner {

		byte[] sign(byte[] data);

	}

	/** A new seed and, behind it, its public key. */
	byte[] generate();

	/** Whether a public key is that of a seed. */
	boolean belongs(byte[] seed, byte[] publicKey);

	RawSigner signer(byte[] seed);

	/** Verifies with a public key that {@link Ed25519Scheme} found valid. */
	SignatureScheme.Verifier verifier(byte[] publicKey);

	/** The public key of a seed; BouncyCastle's, since no other tells it. */
	static byte[] publicKey(byte[] seed) {
		return new Ed25519PrivateKeyParameters(seed, 0).generatePublicKey().getEncoded();
	}

	/**
	 * By BouncyCastle, which is there always.
	 */
	final class Portable implements Ed25519Functions {

		/** The point at infinity, which no key is but {@code R} can be. */
		private static final byte[] NEUTRAL = Arrays.copyOf(new byte[] { 1 }, KEY_BYTES);

		@Override
		public byte[] generate() {
			Ed25519PrivateKeyParameters key = new Ed25519PrivateKeyParameters(new SecureRandom());
			return Ed25519Functions.pair(key.getEncoded(), key.generatePublicKey().getEncoded());
		}

		@Override
		public boolean belongs(byte[] seed, byte[] publicKey) {
			return Arrays.equals(Ed25519Functions.publicKey(seed), publicKey);
		}

		@Override
		public RawSigner signer(byte[] seed) {
			Ed25519PrivateKeyParameters key = new Ed25519PrivateKeyParameters(seed, 0);
			return (data) -> {
				byte[] signature = new byte[SIGNATURE_BYTES];
				key.sign(Ed25519.Algorithm.Ed25519, null, data, 0, data.length, signature, 0);
				return signature;
			};
		}

		@Override
		public SignatureScheme.Verifier verifier(byte[] publicKey) {
			Ed25519PublicKeyParameters key = new Ed25519PublicKeyParameters(publicKey);
			return (data, signature) -> signature.length == SIGNATURE_BYTES
					&& key.verify(Ed25519.Algorithm.Ed25519, null, data, 0, data.length, signature, 0)
					&& isOfPrimeOrder(signature);
		}

		/**
		 * BouncyCastle multiplies both sides of the equation by a number that may be
		 * even, so that it accepts some {@code R} with a component of a small order.
		 */
		private static boolean isOfPrimeOrder(byte[] signature) {
			return Ed25519.validatePublicKeyFull(signature, 0)
					|| Arrays.equals(signature, 0, KEY_BYTES, NEUTRAL, 0, KEY_BYTES);
		}

	}

	/**
	 * By the native provider: nothing of the curve's arithmetic has to be compiled before
	 * it is fast.
	 *
	 * @param provider the provider
	 */
	record Native(Provider provider) implements Ed25519Functions {

		private static final String ALGORITHM = "EdDSA";

		/** What stands before the raw key in RFC 8410's forms. */
		private static final byte[] PUBLIC_PREFIX = HexFormat.of().parseHex("302a300506032b6570032100");

		private static final byte[] SECRET_PREFIX = HexFormat.of().parseHex("302e020100300506032b657004220420");

		@Override
		public byte[] generate() {
			try {
				KeyPair made = KeyPairGenerator.getInstance(ALGORITHM, this.provider).generateKeyPair();
				byte[] seed = made.getPrivate().getEncoded();
				byte[] publicKey = made.getPublic().getEncoded();
				return Ed25519Functions.pair(
						Arrays.copyOfRange(seed, SECRET_PREFIX.length, SECRET_PREFIX.length + KEY_BYTES),
						Arrays.copyOfRange(publicKey, PUBLIC_PREFIX.length, PUBLIC_PREFIX.length + KEY_BYTES));
			}
			catch (GeneralSecurityException ex) {
				throw new IllegalStateException("An Ed25519 key could not be made", ex);
			}
		}

		/**
		 * The library signs with the public key that it derives: another verifies
		 * nothing.
		 */
		@Override
		public boolean belongs(byte[] seed, byte[] publicKey) {
			byte[] data = new byte[KEY_BYTES];
			new SecureRandom().nextBytes(data);
			return verifier(publicKey).verify(data, signer(seed).sign(data));
		}

		@Override
		public RawSigner signer(byte[] seed) {
			try {
				java.security.PrivateKey key = KeyFactory.getInstance(ALGORITHM, this.provider)
					.generatePrivate(new PKCS8EncodedKeySpec(join(SECRET_PREFIX, seed)));
				return (data) -> sign(key, data);
			}
			catch (GeneralSecurityException ex) {
				throw new IllegalStateException("Any 32 bytes are a seed", ex);
			}
		}

		private byte[] sign(java.security.PrivateKey key, byte[] data) {
			try {
				Signature signer = Signature.getInstance(ALGORITHM, this.provider);
				signer.initSign(key);
				signer.update(data);
				return signer.sign();
			}
			catch (GeneralSecurityException ex) {
				throw new IllegalStateException("A valid key can sign", ex);
			}
		}

		@Override
		public SignatureScheme.Verifier verifier(byte[] publicKey) {
			try {
				java.security.PublicKey key = KeyFactory.getInstance(ALGORITHM, this.provider)
					.generatePublic(new X509EncodedKeySpec(join(PUBLIC_PREFIX, publicKey)));
				return (data, signature) -> signature.length == SIGNATURE_BYTES && verify(key, data, signature);
			}
			catch (GeneralSecurityException ex) {
				throw new IllegalStateException("Any 32 bytes are taken as a key", ex);
			}
		}

		private boolean verify(java.security.PublicKey key, byte[] data, byte[] signature) {
			try {
				Signature verifier = Signature.getInstance(ALGORITHM, this.provider);
				verifier.initVerify(key);
				verifier.update(data);
				return verifier.verify(signature);
			}
			catch (GeneralSecurityException ex) {
				// Malformed: nobody's signature.
				return false;
			}
		}

		private static byte[] join(byte[] prefix, byte[] key) {
			byte[] joined = Arrays.copyOf(prefix, prefix.length + key.length);
			System.arraycopy(key, 0, joined, prefix.length, key.length);
			return joined;
		}

	}

	/** A seed and, behind it, its public key. */
	static byte[] pair(byte[] seed, byte[] publicKey) {
		byte[] pair = Arrays.copyOf(seed, 2 * KEY_BYTES);
		System.arraycopy(publicKey, 0, pair, KEY_BYTES, KEY_BYTES);
		return pair;
	}

}

package io.p2pboot.libp2p.crypto;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Provider;
import java.security.SecureRandom;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;

import javax.crypto.KeyAgreement;

import io.p2pboot.libp2p.multiformats.DecodeException;
import org.bouncycastle.math.ec.rfc7748.X25519;

/**
 * The two functions of X25519, on raw keys. Stateless.
 */
interface X25519Functions {

	/** The size of secrets, public keys and what they agree on, in bytes. */
	int BYTES = X25519.POINT_SIZE;

	/** A new secret and, behind it, its public key. */
	byte[] generate();

	/** What a secret and another's public key agree on; fails if that is zero. */
	byte[] agree(byte[] secret, byte[] publicKey) throws DecodeException;

	/**
	 * By BouncyCastle, which is there always.
	 */
	final class Portable implements X25519Functions {

		private static final SecureRandom RANDOM = new SecureRandom();

		@Override
		public byte[] generate() {
			byte[] pair = new byte[2 * BYTES];
			byte[] secret = new byte[BYTES];
			X25519.generatePrivateKey(RANDOM, secret);
			System.arraycopy(secret, 0, pair, 0, BYTES);
			X25519.generatePublicKey(secret, 0, pair, BYTES);
			return pair;
		}

		@Override
		public byte[] agree(byte[] secret, byte[] publicKey) throws DecodeException {
			byte[] shared = new byte[BYTES];
			if (!X25519.calculateAgreement(secret, 0, publicKey, 0, shared, 0)) {
				throw new DecodeException("An X25519 public key is of low order");
			}
			return shared;
		}

	}

	/**
	 * By the native provider, at about twice the speed: a Noise handshake has three
	 * agreements and two new keys on each side.
	 *
	 * @param provider the provider
	 */
	record Native(Provider provider) implements X25519Functions {

		private static final String ALGORITHM = "XDH";

		/** What stands before the raw key in RFC 8410's forms. */
		private static final byte[] PUBLIC_PREFIX = HexFormat.of().parseHex("302a300506032b656e032100");

		private static final byte[] SECRET_PREFIX = HexFormat.of().parseHex("302e020100300506032b656e04220420");

		@Override
		public byte[] generate() {
			try {
				KeyPair made = KeyPairGenerator.getInstance(ALGORITHM, this.provider).generateKeyPair();
				byte[] secret = made.getPrivate().getEncoded();
				byte[] publicKey = made.getPublic().getEncoded();
				byte[] pair = new byte[2 * BYTES];
				System.arraycopy(secret, SECRET_PREFIX.length, pair, 0, BYTES);
				System.arraycopy(publicKey, PUBLIC_PREFIX.length, pair, BYTES, BYTES);
				return pair;
			}
			catch (GeneralSecurityException ex) {
				throw new IllegalStateException("An X25519 key could not be made", ex);
			}
		}

		@Override
		public byte[] agree(byte[] secret, byte[] publicKey) throws DecodeException {
			try {
				KeyFactory keys = KeyFactory.getInstance(ALGORITHM, this.provider);
				KeyAgreement agreement = KeyAgreement.getInstance(ALGORITHM, this.provider);
				agreement.init(keys.generatePrivate(new PKCS8EncodedKeySpec(join(SECRET_PREFIX, secret))));
				agreement.doPhase(keys.generatePublic(new X509EncodedKeySpec(join(PUBLIC_PREFIX, publicKey))), true);
				return agreement.generateSecret();
			}
			catch (GeneralSecurityException ex) {
				throw new DecodeException("An X25519 public key is of low order", ex);
			}
		}

		private static byte[] join(byte[] prefix, byte[] key) {
			byte[] joined = Arrays.copyOf(prefix, prefix.length + key.length);
			System.arraycopy(key, 0, joined, prefix.length, key.length);
			return joined;
		}

	}

}

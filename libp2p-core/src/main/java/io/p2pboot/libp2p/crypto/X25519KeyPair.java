package io.p2pboot.libp2p.crypto;

import java.nio.ByteBuffer;
import java.util.Arrays;

import io.p2pboot.libp2p.multiformats.DecodeException;
import org.bouncycastle.math.ec.rfc7748.X25519;

/**
 * A key pair for X25519 (RFC 7748). The native provider serves it where it loads, else
 * BouncyCastle. Immutable and thread-safe.
 */
public final class X25519KeyPair {

	/** The size of a public key, in bytes. */
	public static final int KEY_BYTES = X25519Functions.BYTES;

	private static final X25519Functions FUNCTIONS = NativeProvider.find()
		.<X25519Functions>map(X25519Functions.Native::new)
		.orElseGet(X25519Functions.Portable::new);

	private final byte[] secret;

	private final byte[] publicKey;

	private X25519KeyPair(byte[] secret, byte[] publicKey) {
		this.secret = secret;
		this.publicKey = publicKey;
	}

	/**
	 * Makes a new pair.
	 * @return the pair
	 */
	public static X25519KeyPair generate() {
		byte[] pair = FUNCTIONS.generate();
		return new X25519KeyPair(Arrays.copyOf(pair, KEY_BYTES), Arrays.copyOfRange(pair, KEY_BYTES, 2 * KEY_BYTES));
	}

	/**
	 * Makes the pair of a known secret, for test vectors.
	 * @param secret the secret that remains, 32 bytes; consumed
	 * @return the pair
	 */
	public static X25519KeyPair of(ByteBuffer secret) {
		if (secret.remaining() != KEY_BYTES) {
			throw new IllegalArgumentException("A secret has 32 bytes, not " + secret.remaining());
		}
		byte[] bytes = SignatureScheme.bytes(secret);
		byte[] publicKey = new byte[KEY_BYTES];
		X25519.generatePublicKey(bytes, 0, publicKey, 0);
		return new X25519KeyPair(bytes, publicKey);
	}

	/**
	 * Returns the public half.
	 * @return a read-only view
	 */
	public ByteBuffer publicKey() {
		return ByteBuffer.wrap(this.publicKey).asReadOnlyBuffer();
	}

	/**
	 * Agrees on a secret with another's public key.
	 * @param other the public key that remains, {@value #KEY_BYTES} bytes; consumed
	 * @return the shared secret
	 * @throws DecodeException if the key has another size or is of low order, so that the
	 * secret would be all zeros
	 */
	public ByteBuffer agree(ByteBuffer other) throws DecodeException {
		if (other.remaining() != KEY_BYTES) {
			throw new DecodeException("An X25519 public key has " + KEY_BYTES + " bytes, not " + other.remaining());
		}
		return ByteBuffer.wrap(FUNCTIONS.agree(this.secret, SignatureScheme.bytes(other)));
	}

}

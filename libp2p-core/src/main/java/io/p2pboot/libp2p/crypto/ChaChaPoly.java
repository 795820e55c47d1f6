package io.p2pboot.libp2p.crypto;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.GeneralSecurityException;
import java.security.Provider;
import java.util.Optional;

import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

import io.p2pboot.libp2p.multiformats.DecodeException;

/**
 * ChaCha20-Poly1305 (RFC 8439) with one key and Noise's nonces: four zero bytes and a
 * little-endian counter. The native provider serves it where it loads, else the JDK. Not
 * thread-safe: one instance belongs to one direction of one connection.
 */
public final class ChaChaPoly {

	/** The size of a key, in bytes. */
	public static final int KEY_BYTES = 32;

	/** By how many bytes a sealed message is longer. */
	public static final int TAG_BYTES = 16;

	private static final int NONCE_BYTES = 12;

	private final Cipher cipher;

	private final SecretKeySpec key;

	private final byte[] nonce = new byte[NONCE_BYTES];

	private final ByteBuffer counter = ByteBuffer.wrap(this.nonce).order(ByteOrder.LITTLE_ENDIAN);

	private ChaChaPoly(Cipher cipher, SecretKeySpec key) {
		this.cipher = cipher;
		this.key = key;
	}

	/**
	 * Creates a cipher.
	 * @param key the key that remains, {@value #KEY_BYTES} bytes; consumed
	 * @return the cipher
	 */
	public static ChaChaPoly create(ByteBuffer key) {
		return create(key, NativeProvider.find());
	}

	static ChaChaPoly create(ByteBuffer key, Optional<Provider> provider) {
		if (key.remaining() != KEY_BYTES) {
			throw new IllegalArgumentException("A key has " + KEY_BYTES + " bytes, not " + key.remaining());
		}
		SecretKeySpec secret = new SecretKeySpec(SignatureScheme.bytes(key), "ChaCha20");
		try {
			Cipher cipher = provider.isPresent() ? Cipher.getInstance("ChaCha20/Poly1305/NoPadding", provider.get())
					: Cipher.getInstance("ChaCha20-Poly1305");
			return new ChaChaPoly(cipher, secret);
		}
		catch (GeneralSecurityException ex) {
			throw new IllegalStateException("Every Java from 11 on has ChaCha20-Poly1305", ex);
		}
	}

	/**
	 * Encrypts and authenticates.
	 * @param counter the nonce's counter, never the same twice
	 * @param associatedData what is authenticated too; consumed
	 * @param plaintext what is encrypted; consumed
	 * @param target gets the ciphertext and the tag; may not overlap the plaintext
	 */
	public void seal(long counter, ByteBuffer associatedData, ByteBuffer plaintext, ByteBuffer target) {
		try {
			init(Cipher.ENCRYPT_MODE, counter, associatedData);
			this.cipher.doFinal(plaintext, target);
		}
		catch (GeneralSecurityException ex) {
			throw new IllegalStateException("Sealing " + plaintext.remaining() + " bytes failed", ex);
		}
	}

	/**
	 * Verifies and decrypts.
	 * @param counter the nonce's counter
	 * @param associatedData what is authenticated too; consumed
	 * @param ciphertext the ciphertext and the tag; consumed
	 * @param target gets the plaintext; may not overlap the ciphertext
	 * @throws DecodeException if the tag is not right: nothing was written that may be
	 * used
	 */
	public void open(long counter, ByteBuffer associatedData, ByteBuffer ciphertext, ByteBuffer target)
			throws DecodeException {
		if (ciphertext.remaining() < TAG_BYTES) {
			throw new DecodeException(
					"A sealed message has at least " + TAG_BYTES + " bytes, not " + ciphertext.remaining());
		}
		try {
			init(Cipher.DECRYPT_MODE, counter, associatedData);
			this.cipher.doFinal(ciphertext, target);
		}
		catch (GeneralSecurityException ex) {
			throw new DecodeException("A sealed message is not authentic", ex);
		}
	}

	private void init(int mode, long count, ByteBuffer associatedData) throws GeneralSecurityException {
		this.counter.putLong(4, count);
		this.cipher.init(mode, this.key, new IvParameterSpec(this.nonce));
		if (associatedData.hasRemaining()) {
			this.cipher.updateAAD(associatedData);
		}
	}

}

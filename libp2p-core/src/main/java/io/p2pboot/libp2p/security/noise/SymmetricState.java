package io.p2pboot.libp2p.security.noise;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

import io.p2pboot.libp2p.crypto.ChaChaPoly;
import io.p2pboot.libp2p.multiformats.DecodeException;
import org.jspecify.annotations.Nullable;

/**
 * The chaining key, the transcript hash and the current cipher of a handshake: Noise
 * specification, section 5.2. One thread at a time.
 */
final class SymmetricState {

	private static final int HASH_BYTES = 32;

	private final MessageDigest sha256;

	private final Mac hmac;

	private byte[] chainingKey;

	private byte[] hash;

	private @Nullable ChaChaPoly cipher;

	private long nonce;

	SymmetricState(String protocolName) {
		try {
			this.sha256 = MessageDigest.getInstance("SHA-256");
			this.hmac = Mac.getInstance("HmacSHA256");
		}
		catch (GeneralSecurityException ex) {
			throw new IllegalStateException("Every Java has SHA-256", ex);
		}
		byte[] name = protocolName.getBytes(StandardCharsets.US_ASCII);
		this.hash = (name.length <= HASH_BYTES) ? Arrays.copyOf(name, HASH_BYTES) : this.sha256.digest(name);
		this.chainingKey = this.hash;
	}

	void mixHash(ByteBuffer data) {
		this.sha256.update(this.hash);
		this.sha256.update(data);
		this.hash = this.sha256.digest();
	}

	void mixKey(ByteBuffer input) {
		byte[][] outputs = expand(input);
		this.chainingKey = outputs[0];
		this.cipher = ChaChaPoly.create(ByteBuffer.wrap(outputs[1]));
		this.nonce = 0;
	}

	private byte[][] expand(ByteBuffer input) {
		byte[] temporary = hmac(this.chainingKey, input, 0);
		byte[] first = hmac(temporary, ByteBuffer.allocate(0), 1);
		byte[] second = hmac(temporary, ByteBuffer.wrap(first), 2);
		return new byte[][] { first, second };
	}

	/** HMAC of the input and, unless it is 0, one more byte. */
	private byte[] hmac(byte[] key, ByteBuffer input, int last) {
		try {
			this.hmac.init(new SecretKeySpec(key, "HmacSHA256"));
			this.hmac.update(input);
			if (last != 0) {
				this.hmac.update((byte) last);
			}
			return this.hmac.doFinal();
		}
		catch (GeneralSecurityException ex) {
			throw new IllegalStateException("A key of 32 bytes is always good", ex);
		}
	}

	/** Encrypts if there is a key yet, and mixes what goes out into the hash. */
	byte[] encryptAndHash(ByteBuffer plaintext) {
		byte[] out;
		ChaChaPoly current = this.cipher;
		if (current == null) {
			out = new byte[plaintext.remaining()];
			plaintext.get(out);
		}
		else {
			out = new byte[plaintext.remaining() + ChaChaPoly.TAG_BYTES];
			current.seal(this.nonce++, ByteBuffer.wrap(this.hash), plaintext, ByteBuffer.wrap(out));
		}
		mixHash(ByteBuffer.wrap(out));
		return out;
	}

	byte[] decryptAndHash(ByteBuffer received) throws DecodeException {
		ByteBuffer transcript = received.duplicate();
		byte[] out;
		ChaChaPoly current = this.cipher;
		if (current == null) {
			out = new byte[received.remaining()];
			received.get(out);
		}
		else {
			if (received.remaining() < ChaChaPoly.TAG_BYTES) {
				throw new DecodeException("A Noise message is truncated");
			}
			out = new byte[received.remaining() - ChaChaPoly.TAG_BYTES];
			current.open(this.nonce++, ByteBuffer.wrap(this.hash), received, ByteBuffer.wrap(out));
		}
		mixHash(transcript);
		return out;
	}

	/** The ciphers after the handshake: the initiator's, then the responder's. */
	ChaChaPoly[] split() {
		byte[][] keys = expand(ByteBuffer.allocate(0));
		return new ChaChaPoly[] { ChaChaPoly.create(ByteBuffer.wrap(keys[0])),
				ChaChaPoly.create(ByteBuffer.wrap(keys[1])) };
	}

	byte[] hash() {
		return this.hash.clone();
	}

}

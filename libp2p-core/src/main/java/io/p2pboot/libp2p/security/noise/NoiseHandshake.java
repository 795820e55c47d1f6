package io.p2pboot.libp2p.security.noise;

import java.nio.ByteBuffer;

import io.p2pboot.libp2p.crypto.ChaChaPoly;
import io.p2pboot.libp2p.crypto.X25519KeyPair;
import io.p2pboot.libp2p.multiformats.DecodeException;
import org.jspecify.annotations.Nullable;

/**
 * Noise_XX_25519_ChaChaPoly_SHA256, without any I/O. The caller asks in the order of the
 * pattern: {@code -> e}, {@code <- e, ee, s, es}, {@code -> s, se}. One thread at a time;
 * nothing may be asked after a failure.
 */
final class NoiseHandshake {

	private static final String NAME = "Noise_XX_25519_ChaChaPoly_SHA256";

	private static final int KEY_BYTES = X25519KeyPair.KEY_BYTES;

	private final SymmetricState state = new SymmetricState(NAME);

	private final X25519KeyPair staticKey;

	private final X25519KeyPair ephemeral;

	private @Nullable ByteBuffer remoteEphemeral;

	private @Nullable ByteBuffer remoteStatic;

	NoiseHandshake(X25519KeyPair staticKey, X25519KeyPair ephemeral, ByteBuffer prologue) {
		this.staticKey = staticKey;
		this.ephemeral = ephemeral;
		this.state.mixHash(prologue);
	}

	// The initiator's side.

	/** Writes {@code -> e}. */
	ByteBuffer writeFirst(ByteBuffer payload) {
		this.state.mixHash(this.ephemeral.publicKey());
		byte[] sealed = this.state.encryptAndHash(payload);
		return ByteBuffer.allocate(KEY_BYTES + sealed.length).put(this.ephemeral.publicKey()).put(sealed).flip();
	}

	/** Reads {@code <- e, ee, s, es}; returns the payload. */
	ByteBuffer readSecond(ByteBuffer message) throws DecodeException {
		ByteBuffer remote = ephemeral(message);
		this.state.mixKey(this.ephemeral.agree(remote.duplicate()));
		ByteBuffer peer = ByteBuffer.wrap(this.state.decryptAndHash(take(message, KEY_BYTES + ChaChaPoly.TAG_BYTES)));
		this.remoteStatic = peer;
		this.state.mixKey(this.ephemeral.agree(peer.duplicate()));
		return ByteBuffer.wrap(this.state.decryptAndHash(message));
	}

	/** Writes {@code -> s, se}. */
	ByteBuffer writeThird(ByteBuffer payload) throws DecodeException {
		byte[] sealedKey = this.state.encryptAndHash(this.staticKey.publicKey());
		this.state.mixKey(this.staticKey.agree(known(this.remoteEphemeral)));
		byte[] sealed = this.state.encryptAndHash(payload);
		return ByteBuffer.allocate(sealedKey.length + sealed.length).put(sealedKey).put(sealed).flip();
	}

	// The responder's side.

	/** Reads {@code -> e}; returns the payload, which libp2p leaves empty. */
	ByteBuffer readFirst(ByteBuffer message) throws DecodeException {
		ephemeral(message);
		return ByteBuffer.wrap(this.state.decryptAndHash(message));
	}

	/** Writes {@code <- e, ee, s, es}. */
	ByteBuffer writeSecond(ByteBuffer payload) throws DecodeException {
		ByteBuffer remote = known(this.remoteEphemeral);
		this.state.mixHash(this.ephemeral.publicKey());
		this.state.mixKey(this.ephemeral.agree(remote));
		byte[] sealedKey = this.state.encryptAndHash(this.staticKey.publicKey());
		this.state.mixKey(this.staticKey.agree(known(this.remoteEphemeral)));
		byte[] sealed = this.state.encryptAndHash(payload);
		return ByteBuffer.allocate(KEY_BYTES + sealedKey.length + sealed.length)
			.put(this.ephemeral.publicKey())
			.put(sealedKey)
			.put(sealed)
			.flip();
	}

	/** Reads {@code -> s, se}; returns the payload. */
	ByteBuffer readThird(ByteBuffer message) throws DecodeException {
		ByteBuffer peer = ByteBuffer.wrap(this.state.decryptAndHash(take(message, KEY_BYTES + ChaChaPoly.TAG_BYTES)));
		this.remoteStatic = peer;
		this.state.mixKey(this.ephemeral.agree(peer.duplicate()));
		return ByteBuffer.wrap(this.state.decryptAndHash(message));
	}

	// Afterwards.

	ByteBuffer remoteStatic() {
		return known(this.remoteStatic);
	}

	/** The initiator's sending cipher, then the responder's. */
	ChaChaPoly[] split() {
		return this.state.split();
	}

	byte[] handshakeHash() {
		return this.state.hash();
	}

	private ByteBuffer ephemeral(ByteBuffer message) throws DecodeException {
		ByteBuffer remote = take(message, KEY_BYTES);
		this.remoteEphemeral = remote;
		this.state.mixHash(remote.duplicate());
		return remote;
	}

	private static ByteBuffer take(ByteBuffer message, int length) throws DecodeException {
		if (message.remaining() < length) {
			throw new DecodeException(
					"A Noise message has " + message.remaining() + " bytes where " + length + " are needed");
		}
		byte[] bytes = new byte[length];
		message.get(bytes);
		return ByteBuffer.wrap(bytes);
	}

	private static ByteBuffer known(@Nullable ByteBuffer key) {
		if (key == null) {
			throw new IllegalStateException("The handshake has not come that far");
		}
		return key.duplicate();
	}

}

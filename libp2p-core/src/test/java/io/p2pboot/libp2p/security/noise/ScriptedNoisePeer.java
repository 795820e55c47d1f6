package io.p2pboot.libp2p.security.noise;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

import com.google.protobuf.ByteString;
import io.netty.buffer.ByteBuf;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.crypto.ChaChaPoly;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.crypto.X25519KeyPair;
import io.p2pboot.libp2p.multiformats.DecodeException;
import io.p2pboot.libp2p.security.SecurePair;
import io.p2pboot.libp2p.security.SecurityRequest;
import io.p2pboot.libp2p.wire.pb.NoiseProto;

/**
 * A Noise peer whose every message is in the test's hands, talking to one end of ours.
 */
final class ScriptedNoisePeer implements AutoCloseable {

	static final String YAMUX = "/yamux/1.0.0";

	final PrivateKey ours = PrivateKey.generate();

	final PrivateKey identity;

	final X25519KeyPair staticKey = X25519KeyPair.generate();

	final NoiseHandshake handshake;

	private final SecurePair pair = new SecurePair();

	private final SecurePair.End end;

	private final boolean initiator;

	private byte[] unread = new byte[0];

	private Optional<ChaChaPoly[]> ciphers = Optional.empty();

	private long sealed;

	private long opened;

	/** Talks to our listener if it is the initiator, else to our dialler. */
	ScriptedNoisePeer(boolean initiator, PrivateKey identity, byte[] prologue) {
		this.initiator = initiator;
		this.identity = identity;
		this.handshake = new NoiseHandshake(this.staticKey, X25519KeyPair.generate(), ByteBuffer.wrap(prologue));
		this.end = this.pair.end(!initiator);
		this.end.secure(new NoiseSecurity(),
				new SecurityRequest(this.ours, !initiator, Optional.empty(), List.of(YAMUX)));
	}

	ScriptedNoisePeer(boolean initiator) {
		this(initiator, PrivateKey.generate(), new byte[0]);
	}

	SecurePair.End end() {
		return this.end;
	}

	PeerId peer() {
		return PeerId.of(this.identity.publicKey());
	}

	// Frames.

	/** Sends a frame with the right length. */
	void sendFrame(byte[] content) {
		sendRaw(frame(content));
	}

	static byte[] frame(byte[] content) {
		return ByteBuffer.allocate(2 + content.length).putShort((short) content.length).put(content).array();
	}

	/** Sends bytes as they are. */
	void sendRaw(byte[] bytes) {
		this.end.arrive(bytes);
	}

	/** Takes the next frame that our side sent. */
	byte[] acceptFrame() {
		ByteArrayOutputStream all = new ByteArrayOutputStream();
		all.writeBytes(this.unread);
		this.end.channel().runPendingTasks();
		for (ByteBuf next = this.end.channel().readOutbound(); next != null; next = this.end.channel().readOutbound()) {
			byte[] bytes = new byte[next.readableBytes()];
			next.readBytes(bytes);
			next.release();
			all.writeBytes(bytes);
		}
		ByteBuffer bytes = ByteBuffer.wrap(all.toByteArray());
		if (bytes.remaining() < 2) {
			throw new IllegalStateException("our side sent no frame");
		}
		byte[] content = new byte[Short.toUnsignedInt(bytes.getShort())];
		bytes.get(content);
		this.unread = bytes(bytes);
		return content;
	}

	// The handshake.

	/** Goes up to the message that carries this payload, and sends it. */
	void sendPayload(byte[] payload) throws DecodeException {
		sendFrame(message(payload));
	}

	/** Goes up to the message that carries this payload, and returns it. */
	byte[] message(byte[] payload) throws DecodeException {
		if (this.initiator) {
			sendFrame(bytes(this.handshake.writeFirst(ByteBuffer.allocate(0))));
			this.handshake.readSecond(ByteBuffer.wrap(acceptFrame()));
			return bytes(this.handshake.writeThird(ByteBuffer.wrap(payload)));
		}
		this.handshake.readFirst(ByteBuffer.wrap(acceptFrame()));
		return bytes(this.handshake.writeSecond(ByteBuffer.wrap(payload)));
	}

	/** Ends a handshake that began with {@link #sendPayload}. */
	void finish() throws DecodeException {
		if (!this.initiator) {
			this.handshake.readThird(ByteBuffer.wrap(acceptFrame()));
		}
		this.ciphers = Optional.of(this.handshake.split());
	}

	/** A whole honest handshake. */
	ScriptedNoisePeer secured() throws DecodeException {
		sendPayload(payload().build().toByteArray());
		finish();
		return this;
	}

	/** An honest payload, to be changed. */
	NoiseProto.NoiseHandshakePayload.Builder payload() {
		return NoiseProto.NoiseHandshakePayload.newBuilder()
			.setIdentityKey(ByteString.copyFrom(this.identity.publicKey().encoded()))
			.setIdentitySig(ByteString.copyFrom(sign(this.identity, "noise-libp2p-static-key:", this.staticKey)));
	}

	static byte[] sign(PrivateKey key, String prefix, X25519KeyPair staticKey) {
		ByteBuffer signed = ByteBuffer.allocate(prefix.length() + X25519KeyPair.KEY_BYTES);
		signed.put(prefix.getBytes(java.nio.charset.StandardCharsets.US_ASCII)).put(staticKey.publicKey()).flip();
		return bytes(key.sign(signed));
	}

	// Afterwards.

	/** Seals as the next frame. */
	byte[] seal(byte[] plaintext) {
		byte[] sealedBytes = new byte[plaintext.length + ChaChaPoly.TAG_BYTES];
		this.ciphers.orElseThrow()[this.initiator ? 0 : 1].seal(this.sealed++, ByteBuffer.allocate(0),
				ByteBuffer.wrap(plaintext), ByteBuffer.wrap(sealedBytes));
		return sealedBytes;
	}

	/** Opens the next frame of ours. */
	byte[] open() throws DecodeException {
		byte[] sealedBytes = acceptFrame();
		ByteBuffer plaintext = ByteBuffer.allocate(sealedBytes.length - ChaChaPoly.TAG_BYTES);
		this.ciphers.orElseThrow()[this.initiator ? 1 : 0].open(this.opened++, ByteBuffer.allocate(0),
				ByteBuffer.wrap(sealedBytes), plaintext);
		return plaintext.array();
	}

	static byte[] bytes(ByteBuffer buffer) {
		byte[] bytes = new byte[buffer.remaining()];
		buffer.duplicate().get(bytes);
		return bytes;
	}

	static byte[] repeated(int value, int count) {
		byte[] bytes = new byte[count];
		Arrays.fill(bytes, (byte) value);
		return bytes;
	}

	@Override
	public void close() {
		this.pair.close();
	}

}

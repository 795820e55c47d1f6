package io.p2pboot.libp2p.security.noise;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.crypto.PublicKey;
import io.p2pboot.libp2p.multiformats.DecodeException;
import io.p2pboot.libp2p.wire.pb.NoiseProto;

/**
 * What each side proves inside the handshake: its identity key, that key's signature over
 * its static key, and the muxers it offers.
 *
 * @param key the identity key
 * @param muxers the muxers offered, in order of preference; empty if the extension is
 * missing
 */
record NoisePayload(PublicKey key, List<String> muxers) {

	/** The most muxers that are read. */
	static final int MAX_MUXERS = 100;

	private static final byte[] PREFIX = "noise-libp2p-static-key:".getBytes(StandardCharsets.UTF_8);

	static ByteBuffer make(PrivateKey identity, ByteBuffer staticKey, List<String> muxers) {
		return NoiseProto.NoiseHandshakePayload.newBuilder()
			.setIdentityKey(ByteString.copyFrom(identity.publicKey().encoded()))
			.setIdentitySig(ByteString.copyFrom(identity.sign(signed(staticKey))))
			.setExtensions(NoiseProto.NoiseExtensions.newBuilder().addAllStreamMuxers(muxers))
			.build()
			.toByteString()
			.asReadOnlyByteBuffer();
	}

	/** Reads and verifies a payload. */
	static NoisePayload open(ByteBuffer bytes, ByteBuffer staticKey) throws DecodeException {
		try {
			NoiseProto.NoiseHandshakePayload message = NoiseProto.NoiseHandshakePayload.parseFrom(bytes);
			if (!message.hasIdentityKey() || !message.hasIdentitySig()) {
				throw new DecodeException("The Noise payload lacks the identity key or its signature");
			}
			PublicKey key = PublicKey.decode(message.getIdentityKey().asReadOnlyByteBuffer());
			if (!key.verify(signed(staticKey), message.getIdentitySig().asReadOnlyByteBuffer())) {
				throw new DecodeException("The identity key of " + PeerId.of(key) + " did not sign the static key");
			}
			List<String> muxers = message.getExtensions().getStreamMuxersList();
			if (muxers.size() > MAX_MUXERS) {
				throw new DecodeException(muxers.size() + " muxers are offered, at most " + MAX_MUXERS + " are read");
			}
			return new NoisePayload(key, List.copyOf(muxers));
		}
		catch (InvalidProtocolBufferException ex) {
			throw new DecodeException("The Noise payload is malformed", ex);
		}
	}

	private static ByteBuffer signed(ByteBuffer staticKey) {
		return ByteBuffer.allocate(PREFIX.length + staticKey.remaining()).put(PREFIX).put(staticKey.duplicate()).flip();
	}

	/** The initiator's first muxer that the responder has too. */
	static Optional<String> choose(List<String> initiator, List<String> responder) {
		return initiator.stream().filter(responder::contains).findFirst();
	}

}

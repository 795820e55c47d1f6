package io.p2pboot.libp2p.pubsub;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.multiformats.DecodeException;

/**
 * The functions behind the constants of {@link MessageId}. Stateless.
 */
final class MessageIds {

	/** The peer id of the bytes 0, 1, 0, which Rust takes where there is no author. */
	private static final String NO_AUTHOR = "15R";

	private MessageIds() {
	}

	static ByteBuffer concat(ByteBuffer first, ByteBuffer second) {
		return ByteBuffer.allocate(first.remaining() + second.remaining())
			.put(first.duplicate())
			.put(second.duplicate())
			.flip();
	}

	static ByteBuffer sha256(ByteBuffer data) {
		MessageDigest digest = MessageId.sha256();
		digest.update(data.duplicate());
		return ByteBuffer.wrap(digest.digest());
	}

	/** Rust has an author and a number for every message: zeros where there are none. */
	static ByteBuffer rust(MessageFields message) {
		String author = message.from().map(MessageIds::base58).orElse(NO_AUTHOR);
		String number = message.sequence()
			.filter((sequence) -> sequence.remaining() == Long.BYTES)
			.map((sequence) -> Long.toUnsignedString(sequence.duplicate().getLong()))
			.orElse("0");
		return ByteBuffer.wrap((author + number).getBytes(StandardCharsets.UTF_8));
	}

	private static String base58(ByteBuffer peer) {
		try {
			return PeerId.decode(peer.duplicate()).toString();
		}
		catch (DecodeException ex) {
			return "";
		}
	}

}

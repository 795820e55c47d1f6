package io.p2pboot.libp2p.pubsub.gossip;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * A frame to send, its length in front. The bytes of messages are shared by all peers.
 *
 * @param parts what it is made of, in order
 * @param bytes how many bytes it has in all
 */
record OutFrame(List<ByteBuffer> parts, int bytes) {

	/** The frame without its length, as one buffer. */
	ByteBuffer body() {
		ByteBuffer whole = ByteBuffer.allocate(this.bytes);
		this.parts.forEach((part) -> whole.put(part.duplicate()));
		whole.flip();
		while (whole.get() < 0) {
			continue;
		}
		return whole.slice();
	}

}

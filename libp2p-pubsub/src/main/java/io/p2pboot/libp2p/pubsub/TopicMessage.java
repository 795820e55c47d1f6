package io.p2pboot.libp2p.pubsub;

import java.nio.ByteBuffer;
import java.util.Optional;

import io.p2pboot.libp2p.PeerId;

/**
 * A message of a topic. Immutable.
 *
 * @param topic the topic
 * @param data the payload, read-only; each reader should {@link ByteBuffer#duplicate()}
 * it
 * @param id what the network tells messages apart by, read-only
 * @param author who published it; empty where messages are not signed
 * @param sequence the author's number of the message, read-only; empty where messages are
 * not signed
 * @param receivedFrom who sent it to this node; this node itself for its own messages
 * @param local whether this node published it
 */
public record TopicMessage(String topic, ByteBuffer data, ByteBuffer id, Optional<PeerId> author,
		Optional<ByteBuffer> sequence, PeerId receivedFrom, boolean local) {

	/**
	 * Makes the buffers read-only.
	 * @param topic the topic
	 * @param data the payload
	 * @param id what the network tells messages apart by
	 * @param author who published it
	 * @param sequence the author's number of the message
	 * @param receivedFrom who sent it to this node
	 * @param local whether this node published it
	 */
	public TopicMessage {
		data = data.asReadOnlyBuffer();
		id = id.asReadOnlyBuffer();
		sequence = sequence.map(ByteBuffer::asReadOnlyBuffer);
	}

	/**
	 * Returns the payload with a position of its own.
	 * @return the payload, read-only
	 */
	@Override
	public ByteBuffer data() {
		return this.data.duplicate();
	}

	/**
	 * Returns the id with a position of its own.
	 * @return the id, read-only
	 */
	@Override
	public ByteBuffer id() {
		return this.id.duplicate();
	}

}

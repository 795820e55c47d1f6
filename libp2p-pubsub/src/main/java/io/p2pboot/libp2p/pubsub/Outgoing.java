package io.p2pboot.libp2p.pubsub;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * A message to be published with others. Immutable as far as its data is.
 *
 * @param topic the topic, 1 to {@value PubSubLimits#MAX_TOPIC_BYTES} bytes in UTF-8
 * @param data the payload
 * @see PubSub#publish(java.util.List)
 */
public record Outgoing(String topic, ByteBuffer data) {

	/** Checks the topic. */
	public Outgoing {
		int bytes = topic.getBytes(StandardCharsets.UTF_8).length;
		Checks.range("bytes of the topic", bytes, 1, PubSubLimits.MAX_TOPIC_BYTES);
	}

}

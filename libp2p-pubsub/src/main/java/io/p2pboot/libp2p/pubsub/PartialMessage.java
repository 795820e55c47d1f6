package io.p2pboot.libp2p.pubsub;

import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * Parts of a message, or which parts somebody has and wants, or both. What a group, a
 * part and the metadata are is the application's matter. Immutable as far as the buffers
 * are. Specification: gossipsub, partial messages extension.
 *
 * @param topic the topic
 * @param group what the parts belong to, 1 to {@value #MAX_GROUP_BYTES} bytes
 * @param part the parts; empty: only the metadata is told
 * @param metadata which parts the sender has and wants, at most
 * {@value #MAX_METADATA_BYTES} bytes; empty: nothing new
 */
public record PartialMessage(String topic, ByteBuffer group, Optional<ByteBuffer> part, Optional<ByteBuffer> metadata) {

	/** The most bytes of the name of a group. */
	public static final int MAX_GROUP_BYTES = 1024;

	/** The most bytes of metadata. */
	public static final int MAX_METADATA_BYTES = 64 * 1024;

	/** Checks the values. */
	public PartialMessage {
		Checks.range("bytes of the group", group.remaining(), 1, MAX_GROUP_BYTES);
		Checks.range("bytes of the metadata", metadata.map(ByteBuffer::remaining).orElse(0), 0, MAX_METADATA_BYTES);
		Checks.that(part.isPresent() || metadata.isPresent(), "A part or metadata is needed", "neither");
	}

}

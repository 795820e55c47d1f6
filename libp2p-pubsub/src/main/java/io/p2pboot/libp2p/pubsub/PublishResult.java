package io.p2pboot.libp2p.pubsub;

import java.nio.ByteBuffer;

/**
 * What became of a published message. Immutable.
 *
 * @param id its id, read-only
 * @param peers how many peers' queues took it
 * @param dropped how many peers' queues were full
 */
public record PublishResult(ByteBuffer id, int peers, int dropped) {

	/** Makes the id read-only. */
	public PublishResult {
		id = id.asReadOnlyBuffer();
	}

}

package io.p2pboot.libp2p.pubsub;

import java.util.Locale;

/**
 * What waits for a peer in a queue of its own.
 */
public enum QueueLane {

	/** Messages of this node. */
	OWN,

	/** Messages of others. */
	FORWARD,

	/** IHAVE, IWANT and IDONTWANT. */
	CONTROL;

	/** The name in meters. */
	@Override
	public String toString() {
		return name().toLowerCase(Locale.ROOT);
	}

}

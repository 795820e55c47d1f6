package io.p2pboot.libp2p.multistream;

import io.p2pboot.libp2p.Direction;

/**
 * Is told which of a channel's bytes are a negotiation's and not the protocol's.
 */
@FunctionalInterface
public interface NegotiationBytes {

	/** For channels whose bytes nobody counts. */
	NegotiationBytes UNCOUNTED = (direction, bytes) -> {
	};

	/**
	 * Bytes were read, or are about to be written. Called on the event loop, for what was
	 * read before the listeners of the negotiation run.
	 * @param direction inbound for read, outbound for written
	 * @param bytes how many
	 */
	void moved(Direction direction, int bytes);

}

package io.p2pboot.libp2p.multistream;

import io.netty.util.concurrent.Future;

/**
 * A negotiation that begins when it is told to. Until then nothing is sent, and nothing
 * is read unless auto-read is on; a channel whose remote peer ends its side meanwhile is
 * closed. Event loop only.
 */
public interface Negotiation {

	/**
	 * Begins, and turns auto-read on. Does nothing if it has ended before.
	 */
	void begin();

	/**
	 * Returns what the negotiation comes to.
	 * @return the protocol that was agreed on; fails with {@link NegotiationFailed}, also
	 * where the channel ends before the negotiation has begun
	 */
	Future<String> future();

}

package io.p2pboot.libp2p.pubsub.gossip;

import java.util.Collection;

/**
 * What waits for all peers together. Router's thread only.
 */
final class QueueBudget {

	private final long maxBytes;

	private long bytes;

	QueueBudget(long maxBytes) {
		this.maxBytes = maxBytes;
	}

	long bytes() {
		return this.bytes;
	}

	void add(int more) {
		this.bytes += more;
	}

	/** Drops forwards of the longest queue until what waits fits. */
	void enforce(Collection<PeerState> peers) {
		while (this.bytes > this.maxBytes) {
			Outbox longest = null;
			for (PeerState peer : peers) {
				if (longest == null || peer.outbox().forwardBytes() > longest.forwardBytes()) {
					longest = peer.outbox();
				}
			}
			if (longest == null || !longest.dropForward()) {
				return;
			}
		}
	}

}

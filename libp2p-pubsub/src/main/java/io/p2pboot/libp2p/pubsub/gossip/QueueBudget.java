package io.p2pboot.libp2p.pubsub.gossip;

import java.util.Collection;

/**
 * What waits for all peers together: own messages and those of others. A message that
 * waits for many peers is there once, and counts once. Router's thread only.
 */
final class QueueBudget {

	private final long maxBytes;

	private long bytes;

	private long ownBytes;

	QueueBudget(long maxBytes) {
		this.maxBytes = maxBytes;
	}

	long bytes() {
		return this.bytes;
	}

	/** A message waits for one more peer. */
	void add(RoutedMessage message) {
		if (message.queued()) {
			count(message, message.length());
		}
	}

	/** A message waits for one peer less. */
	void remove(RoutedMessage message) {
		if (message.taken()) {
			count(message, -message.length());
		}
	}

	/** So many bytes more of this node's wait, or less. */
	void addOwn(int more) {
		this.bytes += more;
		this.ownBytes += more;
	}

	private void count(RoutedMessage message, int length) {
		this.bytes += length;
		this.ownBytes += message.message().local() ? length : 0;
	}

	/**
	 * Makes room for so many bytes of own messages: forwards of the longest queue go.
	 * @return whether there is room; own messages that wait are not dropped for others
	 */
	boolean makeRoom(long more, Collection<PeerState> peers) {
		if (this.ownBytes + more > this.maxBytes) {
			return false;
		}
		while (this.bytes + more > this.maxBytes) {
			Outbox longest = null;
			for (PeerState peer : peers) {
				if (longest == null || peer.outbox().forwardBytes() > longest.forwardBytes()) {
					longest = peer.outbox();
				}
			}
			if (longest == null || !longest.dropForward()) {
				return false;
			}
		}
		return true;
	}

	/** Drops forwards of the longest queue until what waits fits. */
	void enforce(Collection<PeerState> peers) {
		makeRoom(0, peers);
	}

}

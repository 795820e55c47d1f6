package io.p2pboot.libp2p.pubsub.gossip;

import java.util.HashMap;
import java.util.Map;

import io.p2pboot.libp2p.PeerId;

/**
 * How much of each peer is being checked. It outlives the peer's connections: a peer that
 * comes back does not begin anew. Router's thread only.
 */
final class PeerChecks {

	private final int maxMessages;

	private final int maxBytes;

	private final Map<PeerId, Held> peers = new HashMap<>();

	PeerChecks(int maxMessages, int maxBytes) {
		this.maxMessages = maxMessages;
		this.maxBytes = maxBytes;
	}

	/** A message of a peer is being checked. */
	void held(PeerId peer, int bytes) {
		Held held = this.peers.computeIfAbsent(peer, (key) -> new Held());
		held.messages++;
		held.bytes += bytes;
	}

	/** It is done with; whether the peer's frames may be read again because of it. */
	boolean released(PeerId peer, int bytes) {
		Held held = this.peers.get(peer);
		if (held == null) {
			throw new IllegalStateException("A message of " + peer + " was done with twice");
		}
		boolean full = isFull(held);
		held.messages--;
		held.bytes -= bytes;
		if (held.messages == 0) {
			this.peers.remove(peer);
		}
		return full && !isFull(held);
	}

	/** Whether the router may read another frame of a peer now. */
	boolean isRead(PeerId peer) {
		Held held = this.peers.get(peer);
		return held == null || !isFull(held);
	}

	private boolean isFull(Held held) {
		return held.messages >= this.maxMessages || held.bytes >= this.maxBytes;
	}

	int size() {
		return this.peers.size();
	}

	/** What is held of one peer. */
	private static final class Held {

		private int messages;

		private long bytes;

	}

}

package io.p2pboot.libp2p.pubsub.gossip;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.PeerId;
import org.jspecify.annotations.Nullable;

/**
 * Peers that wait to be dialled, and those that are, each of them once: naming a peer
 * again while it is dialled takes no second place. Not thread-safe.
 */
final class DialQueue {

	private final int maxWaiting;

	private final int maxDials;

	private final Deque<AddrInfo> waiting = new ArrayDeque<>();

	/** Those that wait or are dialled. */
	private final Set<PeerId> known = new HashSet<>();

	private int dialling;

	DialQueue(int maxWaiting, int maxDials) {
		this.maxWaiting = maxWaiting;
		this.maxDials = maxDials;
	}

	/** Whether one more may wait that another peer has named. */
	boolean hasRoom() {
		return this.waiting.size() < this.maxWaiting;
	}

	/** Whether a peer waits or is dialled. */
	boolean contains(PeerId peer) {
		return this.known.contains(peer);
	}

	/** Adds a peer that comes before others, whether there is room or not. */
	void addFirst(AddrInfo peer) {
		if (this.known.add(peer.id())) {
			this.waiting.addFirst(peer);
		}
	}

	/** Adds a peer behind the others, if there is room. */
	void addLast(AddrInfo peer) {
		if (hasRoom() && this.known.add(peer.id())) {
			this.waiting.addLast(peer);
		}
	}

	/** Takes the next one to dial; null if none waits or enough are dialled. */
	@Nullable AddrInfo next() {
		if (this.dialling >= this.maxDials || this.waiting.isEmpty()) {
			return null;
		}
		this.dialling++;
		return this.waiting.removeFirst();
	}

	/** A dial is over. */
	void done(PeerId peer) {
		this.known.remove(peer);
		this.dialling--;
	}

}

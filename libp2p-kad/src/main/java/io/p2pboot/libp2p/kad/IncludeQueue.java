package io.p2pboot.libp2p.kad;

import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;

/**
 * Peers that wait to be checked before they get a place in the table: so many at once, so
 * many waiting, the rest is dropped. Plain state; not thread-safe.
 */
final class IncludeQueue {

	private final int maxRunning;

	private final int maxWaiting;

	private final Queue<KadPeer> waiting = new ArrayDeque<>();

	private final Set<KadKey> known = new HashSet<>();

	private int running;

	private long dropped;

	/**
	 * Creates an empty queue.
	 * @param maxRunning how many are checked at once
	 * @param maxWaiting how many wait
	 */
	IncludeQueue(int maxRunning, int maxWaiting) {
		this.maxRunning = maxRunning;
		this.maxWaiting = maxWaiting;
	}

	/** Adds a peer, unless it is there; returns whether it was dropped. */
	boolean add(KadPeer peer) {
		if (this.known.contains(peer.key())) {
			return false;
		}
		if (this.waiting.size() >= this.maxWaiting) {
			this.dropped++;
			return true;
		}
		this.known.add(peer.key());
		this.waiting.add(peer);
		return false;
	}

	/** The next to check, if one more may be. */
	Optional<KadPeer> next() {
		if (this.running >= this.maxRunning || this.waiting.isEmpty()) {
			return Optional.empty();
		}
		this.running++;
		return Optional.of(this.waiting.remove());
	}

	/** Tells that a check has ended. */
	void checked(KadPeer peer) {
		this.running--;
		this.known.remove(peer.key());
	}

	/** How many were dropped so far. */
	long dropped() {
		return this.dropped;
	}

	int running() {
		return this.running;
	}

	int waiting() {
		return this.waiting.size();
	}

}

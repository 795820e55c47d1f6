package io.p2pboot.libp2p.pubsub.gossip;

import java.util.HashMap;
import java.util.Map;

import io.p2pboot.libp2p.PeerId;

/**
 * Which peers must not be grafted to which topics, and until when. Entries outlive the
 * connection and the subscription. Router's thread only.
 */
final class Backoffs {

	/** Each how often a full table is looked through, in nanoseconds. */
	private static final long PAUSE_NANOS = 1_000_000_000L;

	private final int maximum;

	private final Map<String, Map<PeerId, Long>> topics = new HashMap<>();

	private int size;

	private long lookedThrough;

	private boolean wasFull;

	Backoffs(int maximum) {
		this.maximum = maximum;
	}

	int size() {
		return this.size;
	}

	/** Adds a back-off, unless there is a longer one or there are too many. */
	void add(String topic, PeerId peer, long until, long now) {
		Map<PeerId, Long> peers = this.topics.get(topic);
		Long known = (peers != null) ? peers.get(peer) : null;
		if (known == null && !hasRoom(now)) {
			return;
		}
		if (known == null) {
			this.topics.computeIfAbsent(topic, (key) -> new HashMap<>()).put(peer, until);
			this.size++;
		}
		else if (until - known > 0 && peers != null) {
			peers.put(peer, until);
		}
	}

	/** A full table is looked through now and then: peers can send a lot of PRUNE. */
	private boolean hasRoom(long now) {
		if (this.size < this.maximum) {
			return true;
		}
		if (!this.wasFull || now - this.lookedThrough >= PAUSE_NANOS) {
			this.wasFull = true;
			this.lookedThrough = now;
			expire(now);
		}
		return this.size < this.maximum;
	}

	/** When a back-off ends; {@code now} if there is none. */
	long until(String topic, PeerId peer, long now) {
		Map<PeerId, Long> peers = this.topics.get(topic);
		return (peers != null) ? peers.getOrDefault(peer, now) : now;
	}

	/** Whether a back-off is on, with the time that this node adds to it. */
	boolean isOn(String topic, PeerId peer, long now, long slack) {
		Map<PeerId, Long> peers = this.topics.get(topic);
		Long until = (peers != null) ? peers.get(peer) : null;
		return until != null && until + slack - now > 0;
	}

	/** Forgets what has ended. */
	void expire(long before) {
		this.topics.values().removeIf((peers) -> {
			int count = peers.size();
			peers.values().removeIf((until) -> until - before <= 0);
			this.size -= count - peers.size();
			return peers.isEmpty();
		});
	}

}

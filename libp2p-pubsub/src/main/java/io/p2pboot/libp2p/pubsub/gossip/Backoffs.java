package io.p2pboot.libp2p.pubsub.gossip;

import java.util.HashMap;
import java.util.Map;

import io.p2pboot.libp2p.PeerId;

/**
 * Which peers must not be grafted to which topics, and until when. Entries outlive the
 * connection and the subscription. Router's thread only.
 */
final class Backoffs {

	private final int maximum;

	private final Map<String, Map<PeerId, Long>> topics = new HashMap<>();

	private int size;

	Backoffs(int maximum) {
		this.maximum = maximum;
	}

	int size() {
		return this.size;
	}

	/** Adds a back-off, unless there is a longer one or there are too many. */
	void add(String topic, PeerId peer, long until, long now) {
		if (this.size >= this.maximum) {
			expire(now);
		}
		Map<PeerId, Long> peers = this.topics.get(topic);
		Long known = (peers != null) ? peers.get(peer) : null;
		if (known == null && this.size >= this.maximum) {
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

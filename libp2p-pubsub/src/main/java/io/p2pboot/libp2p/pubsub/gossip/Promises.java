package io.p2pboot.libp2p.pubsub.gossip;

import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

import io.p2pboot.libp2p.PeerId;

/**
 * What peers have offered by IHAVE and were asked for. A peer that leaves is still held
 * to it. Router's thread only.
 */
final class Promises {

	/** The most promises of one peer that are followed. */
	static final int MAX_PER_PEER = 10;

	private final Map<Digest, Map<PeerId, Long>> promises = new LinkedHashMap<>();

	private final Map<PeerId, Integer> perPeer = new HashMap<>();

	/** Follows a promise, up to the bound. */
	void add(PeerId peer, Digest message, long until) {
		if (this.perPeer.getOrDefault(peer, 0) >= MAX_PER_PEER) {
			return;
		}
		if (this.promises.computeIfAbsent(message, (key) -> new LinkedHashMap<>()).putIfAbsent(peer, until) == null) {
			this.perPeer.merge(peer, 1, Integer::sum);
		}
	}

	/** A message has come, from whomever: every promise of it is kept. */
	void kept(Digest message) {
		Map<PeerId, Long> peers = this.promises.remove(message);
		if (peers != null) {
			peers.keySet().forEach(this::forgetOne);
		}
	}

	private void forgetOne(PeerId peer) {
		this.perPeer.computeIfPresent(peer, (key, count) -> (count == 1) ? null : count - 1);
	}

	/** Takes the broken promises: how many of each peer. */
	Map<PeerId, Integer> takeBroken(long now) {
		Map<PeerId, Integer> broken = new LinkedHashMap<>();
		Iterator<Map<PeerId, Long>> messages = this.promises.values().iterator();
		while (messages.hasNext()) {
			Map<PeerId, Long> peers = messages.next();
			Iterator<Map.Entry<PeerId, Long>> each = peers.entrySet().iterator();
			while (each.hasNext()) {
				Map.Entry<PeerId, Long> promise = each.next();
				if (promise.getValue() - now <= 0) {
					broken.merge(promise.getKey(), 1, Integer::sum);
					forgetOne(promise.getKey());
					each.remove();
				}
			}
			if (peers.isEmpty()) {
				messages.remove();
			}
		}
		return broken;
	}

	int size() {
		return this.promises.size();
	}

}

package io.p2pboot.libp2p.pubsub.gossip;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import io.p2pboot.libp2p.PeerId;

/**
 * Which peers were dialled again because their streams had ended: each once in a while.
 * Router's thread only.
 */
final class Redials {

	/** How many peers are remembered; the oldest are forgotten first. */
	static final int MAX = 1024;

	/** For how long a peer is not dialled again a second time. */
	static final long PAUSE_NANOS = TimeUnit.MINUTES.toNanos(10);

	private final Map<PeerId, Long> dialled = new LinkedHashMap<>();

	/** Whether a peer may be dialled again now; if so, it counts as dialled. */
	boolean take(PeerId peer, long now) {
		Long before = this.dialled.get(peer);
		if (before != null && now - before < PAUSE_NANOS) {
			return false;
		}
		this.dialled.remove(peer);
		this.dialled.put(peer, now);
		if (this.dialled.size() > MAX) {
			this.dialled.remove(this.dialled.keySet().iterator().next());
		}
		return true;
	}

}

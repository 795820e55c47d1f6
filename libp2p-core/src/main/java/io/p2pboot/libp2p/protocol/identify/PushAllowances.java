package io.p2pboot.libp2p.protocol.identify;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.netty.Allowance;

/**
 * The allowances of peers for pushes: one for a peer, whatever connections it has and has
 * had. Any thread; guarded by {@code lock}.
 */
final class PushAllowances {

	/** How many peers that have pushed lately are kept; the eldest is forgotten. */
	static final int MAX_PEERS = 4096;

	/** How many pushes of a peer may follow each other at once, as go-libp2p. */
	static final int BURST = 10;

	/** In how many seconds one more is allowed. */
	static final int SECONDS_EACH = 5;

	/** How many are looked at for one that need not be kept, with each new one. */
	private static final int SWEEP = 4;

	private final ReentrantLock lock = new ReentrantLock();

	/** The one that pushed longest ago first. */
	private final Map<PeerId, Allowance> allowances = new LinkedHashMap<>(16, 0.75F, true);

	/** Takes one push from a peer's allowance; false if none is left. */
	boolean take(PeerId peer, long nowNanos) {
		this.lock.lock();
		try {
			Allowance known = this.allowances.get(peer);
			if (known == null) {
				sweep(nowNanos);
				known = new Allowance(BURST, TimeUnit.SECONDS.toNanos(SECONDS_EACH), nowNanos);
				this.allowances.put(peer, known);
			}
			return known.take(nowNanos);
		}
		finally {
			this.lock.unlock();
		}
	}

	private void sweep(long nowNanos) {
		Iterator<Allowance> eldest = this.allowances.values().iterator();
		for (int i = 0; i < SWEEP && eldest.hasNext(); i++) {
			if (eldest.next().isWhole(nowNanos) || this.allowances.size() >= MAX_PEERS) {
				eldest.remove();
			}
		}
	}

	int size() {
		this.lock.lock();
		try {
			return this.allowances.size();
		}
		finally {
			this.lock.unlock();
		}
	}

}

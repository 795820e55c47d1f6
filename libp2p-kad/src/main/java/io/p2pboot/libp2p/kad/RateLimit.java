package io.p2pboot.libp2p.kad;

import java.util.LinkedHashMap;
import java.util.Map;

import io.p2pboot.libp2p.PeerId;

/**
 * How often each peer may do something: so many times at once, and so many a second on
 * average. Of more peers than are remembered, the one that was idle for longest is
 * forgotten. Plain state; not thread-safe.
 */
final class RateLimit {

	private final double burst;

	private final double perNano;

	private final Map<PeerId, Tokens> peers;

	private static final class Tokens {

		private double left;

		private long atNanos;

	}

	/**
	 * Creates a limit.
	 * @param perSecond how many a second
	 * @param burst how many at once
	 * @param maxPeers how many peers are remembered
	 */
	RateLimit(int perSecond, int burst, int maxPeers) {
		this.burst = burst;
		this.perNano = perSecond / 1e9;
		this.peers = new LinkedHashMap<>(16, 0.75f, true) {

			private static final long serialVersionUID = 1L;

			@Override
			protected boolean removeEldestEntry(Map.Entry<PeerId, Tokens> eldest) {
				return size() > maxPeers;
			}

		};
	}

	/**
	 * Takes one, if the peer may.
	 * @return 0 if it may, else in how many nanoseconds it may
	 */
	long take(PeerId peer, long nowNanos) {
		Tokens tokens = this.peers.get(peer);
		if (tokens == null) {
			tokens = new Tokens();
			tokens.left = this.burst;
			tokens.atNanos = nowNanos;
			this.peers.put(peer, tokens);
		}
		tokens.left = Math.min(this.burst, tokens.left + (nowNanos - tokens.atNanos) * this.perNano);
		tokens.atNanos = nowNanos;
		if (tokens.left < 1) {
			return (long) Math.ceil((1 - tokens.left) / this.perNano);
		}
		tokens.left--;
		return 0;
	}

	int peers() {
		return this.peers.size();
	}

}

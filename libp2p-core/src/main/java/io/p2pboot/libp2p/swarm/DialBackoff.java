package io.p2pboot.libp2p.swarm;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.multiformats.Multiaddr;

/**
 * Addresses that failed lately. One that was learned is not dialled again before its time
 * has come; one that the caller names is dialled always. Any thread; guarded by
 * {@code lock}.
 */
final class DialBackoff {

	/** How long the first failure keeps an address back. */
	static final Duration BASE = Duration.ofSeconds(5);

	/** By how much the square of the failures before prolongs that. */
	static final Duration COEFFICIENT = Duration.ofSeconds(1);

	/** The longest time an address is kept back. */
	static final Duration MAXIMUM = Duration.ofMinutes(5);

	/** How many addresses are remembered; the oldest make room. */
	static final int MAX_ADDRESSES = 4096;

	/** Who claims that a peer is at an address must not hold others there back. */
	private record Key(PeerId peer, Multiaddr address) {
	}

	private record Failure(int failures, long untilNanos) {
	}

	private final ReentrantLock lock = new ReentrantLock();

	private final LongSupplier nanoTime;

	private final Map<Key, Failure> entries = new LinkedHashMap<>() {

		private static final long serialVersionUID = 1L;

		@Override
		protected boolean removeEldestEntry(Map.Entry<Key, Failure> eldest) {
			return size() > MAX_ADDRESSES;
		}

	};

	DialBackoff(LongSupplier nanoTime) {
		this.nanoTime = nanoTime;
	}

	boolean isHeldBack(PeerId peer, Multiaddr address) {
		this.lock.lock();
		try {
			Failure entry = this.entries.get(new Key(peer, address));
			return entry != null && entry.untilNanos() - this.nanoTime.getAsLong() > 0;
		}
		finally {
			this.lock.unlock();
		}
	}

	void failed(PeerId peer, Multiaddr address) {
		this.lock.lock();
		try {
			Failure before = this.entries.remove(new Key(peer, address));
			int failures = (before != null) ? before.failures() : 0;
			long square = Math.min((long) failures * failures, MAXIMUM.toSeconds());
			Duration wait = BASE.plus(COEFFICIENT.multipliedBy(square));
			long nanos = Math.min(wait.toNanos(), MAXIMUM.toNanos());
			this.entries.put(new Key(peer, address), new Failure(failures + 1, this.nanoTime.getAsLong() + nanos));
		}
		finally {
			this.lock.unlock();
		}
	}

	void succeeded(PeerId peer, Multiaddr address) {
		this.lock.lock();
		try {
			this.entries.remove(new Key(peer, address));
		}
		finally {
			this.lock.unlock();
		}
	}

}

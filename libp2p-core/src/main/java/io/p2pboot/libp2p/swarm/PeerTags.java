package io.p2pboot.libp2p.swarm;

import java.time.Duration;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

import io.p2pboot.libp2p.PeerId;
import org.jspecify.annotations.Nullable;

/**
 * What peers are worth to this node: tags that stay, and tags that halve in time. What
 * has come to nothing is forgotten, a few peers with each new value. Thread-safe.
 */
final class PeerTags {

	/** How many peers are looked at for tags that are gone, with each that is set. */
	private static final int SWEEP = 4;

	private final LongSupplier nanos;

	private final Map<PeerId, Map<String, Tag>> peers = new ConcurrentHashMap<>();

	private final ReentrantLock lock = new ReentrantLock();

	/** Where the next sweep begins; guarded by {@code lock}. */
	private @Nullable Iterator<Map.Entry<PeerId, Map<String, Tag>>> sweeping;

	/**
	 * A value at one time, which halves with each half-life; 0 for one that stays.
	 */
	private record Tag(double value, long atNanos, long halfLifeNanos) {

		double at(long now) {
			return (this.halfLifeNanos == 0) ? this.value
					: this.value * Math.pow(2, -((double) (now - this.atNanos) / this.halfLifeNanos));
		}

		/** Less than half a point, which rounds to nothing. */
		boolean isGone(long now) {
			return this.halfLifeNanos != 0 && Math.round(at(now)) == 0;
		}

	}

	PeerTags(LongSupplier nanos) {
		this.nanos = nanos;
	}

	/** Sets a tag that stays. */
	void set(PeerId peer, String tag, int value) {
		put(peer, tag, value, 0, false);
	}

	/** Adds to a tag that halves. */
	void add(PeerId peer, String tag, int more, Duration halfLife) {
		put(peer, tag, more, halfLife.toNanos(), true);
	}

	private void put(PeerId peer, String tag, int value, long halfLifeNanos, boolean adds) {
		long now = this.nanos.getAsLong();
		this.peers.compute(peer, (same, known) -> {
			Map<String, Tag> all = (known != null) ? known : new ConcurrentHashMap<>();
			Tag before = all.get(tag);
			double sum = value + ((adds && before != null) ? before.at(now) : 0);
			all.put(tag, new Tag(sum, now, halfLifeNanos));
			return all;
		});
		sweep(now);
	}

	void remove(PeerId peer, String tag) {
		this.peers.computeIfPresent(peer, (same, known) -> {
			known.remove(tag);
			return known.isEmpty() ? null : known;
		});
	}

	/** The sum of a peer's tags, each rounded. */
	long value(PeerId peer) {
		long now = this.nanos.getAsLong();
		return this.peers.getOrDefault(peer, Map.of())
			.values()
			.stream()
			.mapToLong((tag) -> Math.round(tag.at(now)))
			.sum();
	}

	/** One thread at a time; the others need not wait for it. */
	private void sweep(long now) {
		if (!this.lock.tryLock()) {
			return;
		}
		try {
			sweepLocked(now);
		}
		finally {
			this.lock.unlock();
		}
	}

	private void sweepLocked(long now) {
		Iterator<Map.Entry<PeerId, Map<String, Tag>>> next = this.sweeping;
		if (next == null || !next.hasNext()) {
			next = this.peers.entrySet().iterator();
			this.sweeping = next;
		}
		for (int i = 0; i < SWEEP && next.hasNext(); i++) {
			this.peers.computeIfPresent(next.next().getKey(), (peer, tags) -> {
				tags.values().removeIf((tag) -> tag.isGone(now));
				return tags.isEmpty() ? null : tags;
			});
		}
	}

	/** How many peers have tags. */
	int size() {
		return this.peers.size();
	}

}

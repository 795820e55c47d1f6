package io.p2pboot.libp2p.kad;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.HashMap;

import io.p2pboot.libp2p.PeerId;

/**
 * Who provides which key, and until when. Where it is full, newcomers are refused. Plain
 * state; not thread-safe. Times are nanoseconds of any monotonic clock.
 */
final class ProviderStore {

	private final Map<KadKey, Map<PeerId, Long>> keys = new HashMap<>();

	private final long timeToLiveNanos;

	private final int maxRecords;

	private final int maxPerKey;

	private final int maxPerPeer;

	/** How many records each peer has. */
	private final Map<PeerId, Integer> counts = new HashMap<>();

	private KadChanges changes = KadChanges.NONE;

	private int records;

	/**
	 * Creates an empty store.
	 * @param timeToLiveNanos how long a record is kept
	 * @param maxRecords how many are kept
	 * @param maxPerKey how many of one key are kept
	 * @param maxPerPeer how many of one peer are kept
	 */
	ProviderStore(long timeToLiveNanos, int maxRecords, int maxPerKey, int maxPerPeer) {
		this.timeToLiveNanos = timeToLiveNanos;
		this.maxRecords = maxRecords;
		this.maxPerKey = maxPerKey;
		this.maxPerPeer = maxPerPeer;
	}

	/** Tells what changes from now on. */
	void tell(KadChanges listener) {
		this.changes = listener;
	}

	/**
	 * Adds a provider, or keeps it for longer.
	 * @return whether it is kept
	 */
	boolean add(KadKey key, PeerId provider, long nowNanos) {
		return add(key, provider, nowNanos, nowNanos + this.timeToLiveNanos);
	}

	/**
	 * Adds a provider as it was kept before, until a time and for the usual time at most.
	 * @return whether it is kept
	 */
	boolean restore(KadKey key, PeerId provider, long endNanos, long nowNanos) {
		long latest = nowNanos + this.timeToLiveNanos;
		return add(key, provider, nowNanos, (endNanos - latest < 0) ? endNanos : latest);
	}

	private boolean add(KadKey key, PeerId provider, long nowNanos, long endNanos) {
		Map<PeerId, Long> providers = this.keys.get(key);
		boolean known = providers != null && providers.containsKey(provider);
		if (!known && providers != null && providers.size() >= this.maxPerKey) {
			expire(key, providers, nowNanos);
			providers = this.keys.get(key);
		}
		if (!known && (this.records >= this.maxRecords || providers != null && providers.size() >= this.maxPerKey
				|| this.counts.getOrDefault(provider, 0) >= this.maxPerPeer)) {
			return false;
		}
		put(key, provider, endNanos);
		return true;
	}

	/** Adds this node, for whom there is always room. */
	void addOwn(KadKey key, PeerId self, long nowNanos) {
		put(key, self, nowNanos + this.timeToLiveNanos);
	}

	private void put(KadKey key, PeerId provider, long endNanos) {
		Long before = this.keys.computeIfAbsent(key, (absent) -> new LinkedHashMap<>(4)).put(provider, endNanos);
		if (before == null) {
			this.records++;
			this.counts.merge(provider, 1, Integer::sum);
		}
		this.changes.provider(key, provider, endNanos);
	}

	private void removed(PeerId provider) {
		this.records--;
		this.counts.computeIfPresent(provider, (same, count) -> (count == 1) ? null : count - 1);
	}

	/** The providers of a key, in the order in which they came. */
	List<PeerId> providers(KadKey key, long nowNanos) {
		Map<PeerId, Long> providers = this.keys.get(key);
		if (providers == null) {
			return List.of();
		}
		expire(key, providers, nowNanos);
		return new ArrayList<>(providers.keySet());
	}

	/** Forgets one record. */
	void remove(KadKey key, PeerId provider) {
		Map<PeerId, Long> providers = this.keys.get(key);
		if (providers != null && providers.remove(provider) != null) {
			removed(provider);
			this.changes.providerRemoved(key, provider);
			if (providers.isEmpty()) {
				this.keys.remove(key);
			}
		}
	}

	private void expire(KadKey key, Map<PeerId, Long> providers, long nowNanos) {
		expire(providers, nowNanos);
		if (providers.isEmpty()) {
			this.keys.remove(key);
		}
	}

	private void expire(Map<PeerId, Long> providers, long nowNanos) {
		providers.entrySet().removeIf((record) -> {
			boolean over = record.getValue() - nowNanos < 0;
			if (over) {
				removed(record.getKey());
			}
			return over;
		});
	}

	/** Forgets what has expired. */
	void sweep(long nowNanos) {
		for (Iterator<Map<PeerId, Long>> each = this.keys.values().iterator(); each.hasNext();) {
			Map<PeerId, Long> providers = each.next();
			expire(providers, nowNanos);
			if (providers.isEmpty()) {
				each.remove();
			}
		}
	}

	/** All keys. */
	List<KadKey> keys() {
		return List.copyOf(this.keys.keySet());
	}

	/** Tells a listener of the providers of a key. */
	void describe(KadKey key, KadChanges listener) {
		this.keys.getOrDefault(key, Map.of())
			.forEach((provider, endNanos) -> listener.provider(key, provider, endNanos));
	}

	int size() {
		return this.records;
	}

}

package io.p2pboot.libp2p.kad;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

import io.p2pboot.libp2p.PeerId;
import org.jspecify.annotations.Nullable;

/**
 * Who provides which key, and until when. Where it is full, newcomers are refused. Plain
 * state; not thread-safe. Times are nanoseconds of any monotonic clock.
 */
final class ProviderStore {

	/** The records of each key, one behind the other. */
	private final Map<KadKey, Entry> keys = new HashMap<>();

	private final long timeToLiveNanos;

	private final int maxRecords;

	private final int maxPerKey;

	private final int maxPerPeer;

	/** How many records each peer has. */
	private final Map<PeerId, Integer> counts = new HashMap<>();

	private KadChanges changes = KadChanges.NONE;

	private int records;

	/** One record: there may be a million, so it is no more than it has to be. */
	private static final class Entry {

		private final PeerId provider;

		private long endNanos;

		private @Nullable Entry next;

		private Entry(PeerId provider, long endNanos) {
			this.provider = provider;
			this.endNanos = endNanos;
		}

	}

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
		Entry known = find(key, provider);
		if (known == null && count(key) >= this.maxPerKey) {
			expire(key, nowNanos);
		}
		if (known == null && (this.records >= this.maxRecords || count(key) >= this.maxPerKey
				|| this.counts.getOrDefault(provider, 0) >= this.maxPerPeer)) {
			return false;
		}
		put(key, provider, endNanos);
		return true;
	}

	private @Nullable Entry find(KadKey key, PeerId provider) {
		for (Entry entry = this.keys.get(key); entry != null; entry = entry.next) {
			if (entry.provider.equals(provider)) {
				return entry;
			}
		}
		return null;
	}

	private int count(KadKey key) {
		int count = 0;
		for (Entry entry = this.keys.get(key); entry != null; entry = entry.next) {
			count++;
		}
		return count;
	}

	/** Adds this node, for whom there is always room. */
	void addOwn(KadKey key, PeerId self, long nowNanos) {
		put(key, self, nowNanos + this.timeToLiveNanos);
	}

	private void put(KadKey key, PeerId provider, long endNanos) {
		Entry known = find(key, provider);
		if (known != null) {
			known.endNanos = endNanos;
		}
		else {
			append(key, new Entry(provider, endNanos));
			this.records++;
			this.counts.merge(provider, 1, Integer::sum);
		}
		this.changes.provider(key, provider, endNanos);
	}

	private void append(KadKey key, Entry added) {
		Entry last = this.keys.putIfAbsent(key, added);
		while (last != null) {
			if (last.next == null) {
				last.next = added;
				return;
			}
			last = last.next;
		}
	}

	/** The providers of a key, in the order in which they came. */
	List<PeerId> providers(KadKey key, long nowNanos) {
		expire(key, nowNanos);
		List<PeerId> providers = new ArrayList<>();
		for (Entry entry = this.keys.get(key); entry != null; entry = entry.next) {
			providers.add(entry.provider);
		}
		return providers;
	}

	/** Forgets one record. */
	void remove(KadKey key, PeerId provider) {
		if (find(key, provider) != null) {
			retain(key, (entry) -> !entry.provider.equals(provider));
			this.changes.providerRemoved(key, provider);
		}
	}

	private void expire(KadKey key, long nowNanos) {
		retain(key, (entry) -> entry.endNanos - nowNanos >= 0);
	}

	private void retain(KadKey key, Predicate<Entry> kept) {
		Entry first = this.keys.get(key);
		Entry left = (first != null) ? retain(first, kept) : null;
		if (left == null) {
			this.keys.remove(key);
		}
		else if (left != first) {
			this.keys.put(key, left);
		}
	}

	/** Returns the first of the records that are left; null if none is. */
	private @Nullable Entry retain(Entry first, Predicate<Entry> kept) {
		Entry left = null;
		Entry last = null;
		for (Entry entry = first; entry != null; entry = entry.next) {
			if (!kept.test(entry)) {
				removed(entry.provider);
			}
			else if (last == null) {
				left = entry;
				last = entry;
			}
			else {
				last.next = entry;
				last = entry;
			}
		}
		if (last != null) {
			last.next = null;
		}
		return left;
	}

	private void removed(PeerId provider) {
		this.records--;
		this.counts.computeIfPresent(provider, (same, count) -> (count == 1) ? null : count - 1);
	}

	/** Forgets what has expired. */
	void sweep(long nowNanos) {
		for (Iterator<Map.Entry<KadKey, Entry>> each = this.keys.entrySet().iterator(); each.hasNext();) {
			Map.Entry<KadKey, Entry> key = each.next();
			Entry left = retain(key.getValue(), (entry) -> entry.endNanos - nowNanos >= 0);
			if (left == null) {
				each.remove();
			}
			else {
				key.setValue(left);
			}
		}
	}

	/** All keys. */
	List<KadKey> keys() {
		return List.copyOf(this.keys.keySet());
	}

	/** Tells a listener of the providers of a key. */
	void describe(KadKey key, KadChanges listener) {
		for (Entry entry = this.keys.get(key); entry != null; entry = entry.next) {
			listener.provider(key, entry.provider, entry.endNanos);
		}
	}

	int size() {
		return this.records;
	}

}

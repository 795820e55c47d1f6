package io.p2pboot.libp2p.kad;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The values that this node keeps, and until when. Where it is full, new keys are
 * refused. Plain state; not thread-safe. Times are nanoseconds of any monotonic clock.
 */
final class RecordStore {

	private final Map<KadKey, Entry> entries = new HashMap<>();

	private final long timeToLiveNanos;

	private final int maxRecords;

	private final long maxBytes;

	private KadChanges changes = KadChanges.NONE;

	private long bytes;

	private record Entry(KadRecord record, long endNanos) {
	}

	/**
	 * Creates an empty store.
	 * @param timeToLiveNanos how long a value is kept
	 * @param maxRecords how many are kept
	 * @param maxBytes how many bytes all keys and values may take together
	 */
	RecordStore(long timeToLiveNanos, int maxRecords, long maxBytes) {
		this.timeToLiveNanos = timeToLiveNanos;
		this.maxRecords = maxRecords;
		this.maxBytes = maxBytes;
	}

	/** Tells what changes from now on. */
	void tell(KadChanges listener) {
		this.changes = listener;
	}

	/** Returns the value of a key, unless it has expired. */
	Optional<KadRecord> get(KadKey key, long nowNanos) {
		Entry entry = this.entries.get(key);
		if (entry != null && entry.endNanos() - nowNanos < 0) {
			remove(key);
			return Optional.empty();
		}
		return Optional.ofNullable(entry).map(Entry::record);
	}

	/**
	 * Keeps a value in place of the one that is there, and no shorter than that: anybody
	 * can send the value of another with a time to live of a second.
	 * @return whether it is kept
	 */
	boolean put(KadKey key, KadRecord record, long nowNanos) {
		return keep(key, record, nowNanos + lifeNanos(record));
	}

	/**
	 * Keeps a value as it was kept before, until a time and for the usual time at most.
	 * @return whether it is kept
	 */
	boolean restore(KadRecord record, long endNanos, long nowNanos) {
		long latest = nowNanos + this.timeToLiveNanos;
		return keep(KadKey.of(record.key()), record, (endNanos - latest < 0) ? endNanos : latest);
	}

	private boolean keep(KadKey key, KadRecord record, long until) {
		Entry before = this.entries.get(key);
		int freed = (before != null) ? before.record().bytes() : 0;
		boolean full = before == null && this.entries.size() >= this.maxRecords;
		if (full || this.bytes - freed + record.bytes() > this.maxBytes) {
			return false;
		}
		this.bytes += record.bytes() - freed;
		long endNanos = until;
		if (before != null && endNanos - before.endNanos() < 0) {
			endNanos = before.endNanos();
		}
		this.entries.put(key, new Entry(record, endNanos));
		this.changes.value(record, endNanos);
		return true;
	}

	/** A publisher may ask for less than the usual time. */
	private long lifeNanos(KadRecord record) {
		long asked = Integer.toUnsignedLong(record.ttlSeconds()) * 1_000_000_000L;
		return (asked == 0) ? this.timeToLiveNanos : Math.min(asked, this.timeToLiveNanos);
	}

	private void remove(KadKey key) {
		Entry removed = this.entries.remove(key);
		if (removed != null) {
			this.bytes -= removed.record().bytes();
		}
	}

	/** Forgets what has expired. */
	void sweep(long nowNanos) {
		this.entries.entrySet()
			.stream()
			.filter((entry) -> entry.getValue().endNanos() - nowNanos < 0)
			.map(Map.Entry::getKey)
			.toList()
			.forEach(this::remove);
	}

	/** The keys of all values. */
	List<KadKey> keys() {
		return List.copyOf(this.entries.keySet());
	}

	/** Tells a listener of the value of a key, if it is there. */
	void describe(KadKey key, KadChanges listener) {
		Entry entry = this.entries.get(key);
		if (entry != null) {
			listener.value(entry.record(), entry.endNanos());
		}
	}

	int size() {
		return this.entries.size();
	}

	long bytes() {
		return this.bytes;
	}

}

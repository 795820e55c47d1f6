package io.p2pboot.libp2p.kad;

import java.util.HashMap;
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
		Entry before = this.entries.get(key);
		int freed = (before != null) ? before.record().bytes() : 0;
		boolean full = before == null && this.entries.size() >= this.maxRecords;
		if (full || this.bytes - freed + record.bytes() > this.maxBytes) {
			return false;
		}
		this.bytes += record.bytes() - freed;
		long endNanos = nowNanos + lifeNanos(record);
		if (before != null && endNanos - before.endNanos() < 0) {
			endNanos = before.endNanos();
		}
		this.entries.put(key, new Entry(record, endNanos));
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

	int size() {
		return this.entries.size();
	}

	long bytes() {
		return this.bytes;
	}

}

package io.p2pboot.libp2p.kad;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * When which of the keys that this node provides is announced again. Each key has its own
 * moment in the cycle, by its distance to this node, so that many keys are spread evenly
 * over it and neighbours follow each other. Plain state; not thread-safe. Times are
 * nanoseconds of any monotonic clock.
 */
final class ProvideSchedule {

	/** When a key is tried again whose announcement failed. */
	static final Duration RETRY = Duration.ofMinutes(5);

	private final KadKey self;

	private final long cycleNanos;

	private final int maxKeys;

	private KadChanges changes = KadChanges.NONE;

	private long startNanos;

	private final TreeMap<KadKey, Entry> entries = new TreeMap<>();

	private final TreeMap<Moment, Entry> order = new TreeMap<>();

	private record Entry(KadKey key, ByteBuffer preimage, long dueNanos) {

		Moment moment(long startNanos) {
			return new Moment(this.dueNanos - startNanos, this.key);
		}

	}

	private record Moment(long nanos, KadKey key) implements Comparable<Moment> {

		@Override
		public int compareTo(Moment other) {
			int order = Long.compare(this.nanos, other.nanos);
			return (order != 0) ? order : this.key.compareTo(other.key);
		}

	}

	/**
	 * Creates an empty schedule.
	 * @param self this node
	 * @param cycle in which time every key is announced once
	 * @param maxKeys how many keys there may be
	 * @param nowNanos the time
	 */
	ProvideSchedule(KadKey self, Duration cycle, int maxKeys, long nowNanos) {
		this.self = self;
		this.cycleNanos = cycle.toNanos();
		this.maxKeys = maxKeys;
		this.startNanos = nowNanos;
	}

	/** Tells what changes from now on. */
	void tell(KadChanges listener) {
		this.changes = listener;
	}

	/** When a cycle began; all begin a whole number of cycles before or after it. */
	long startNanos() {
		return this.startNanos;
	}

	/**
	 * Lets the cycles of an earlier schedule go on.
	 * @param begunNanos when one of them began
	 * @param nowNanos the time
	 */
	void goOn(long begunNanos, long nowNanos) {
		List<Entry> all = List.copyOf(this.entries.values());
		this.entries.clear();
		this.order.clear();
		this.startNanos = nowNanos - Math.floorMod(nowNanos - begunNanos, this.cycleNanos);
		all.forEach(this::put);
	}

	/** Adds a key as it was before, due within one cycle. */
	void restore(ByteBuffer preimage, long dueNanos, long nowNanos) {
		long latest = nowNanos + this.cycleNanos;
		KadKey key = KadKey.of(preimage);
		if (this.entries.containsKey(key) || this.entries.size() < this.maxKeys) {
			put(new Entry(key, preimage.asReadOnlyBuffer(), (dueNanos - latest < 0) ? dueNanos : latest));
		}
	}

	/**
	 * Adds a key, due at once; one that is there stays as it is.
	 * @return whether there is room for it
	 */
	boolean add(ByteBuffer preimage, long nowNanos) {
		KadKey key = KadKey.of(preimage);
		if (this.entries.containsKey(key)) {
			return true;
		}
		if (this.entries.size() >= this.maxKeys) {
			return false;
		}
		put(new Entry(key, preimage.asReadOnlyBuffer(), nowNanos));
		this.changes.provided(preimage, nowNanos);
		return true;
	}

	/** Whether a key is there. */
	boolean contains(ByteBuffer preimage) {
		return this.entries.containsKey(KadKey.of(preimage));
	}

	/** Removes a key; returns whether it was there. */
	boolean remove(ByteBuffer preimage) {
		Entry entry = this.entries.remove(KadKey.of(preimage));
		this.changes.providedNoMore(preimage);
		return entry != null && this.order.remove(entry.moment(this.startNanos)) != null;
	}

	/**
	 * Takes keys that are due, the most overdue first. Each is due again after
	 * {@link #RETRY} unless {@link #announced} is called.
	 */
	List<ByteBuffer> take(long nowNanos, int max) {
		List<ByteBuffer> due = new ArrayList<>();
		while (due.size() < max && !this.order.isEmpty()
				&& this.order.firstKey().nanos() <= nowNanos - this.startNanos) {
			Entry entry = this.order.firstEntry().getValue();
			due.add(entry.preimage());
			put(new Entry(entry.key(), entry.preimage(), nowNanos + RETRY.toNanos()));
		}
		return due;
	}

	/**
	 * The keys of a region, as they were added.
	 * @param of a key of the region
	 * @param bits how many leading bits its keys share
	 */
	List<ByteBuffer> within(KadKey of, int bits) {
		return this.entries.subMap(of.first(bits), true, of.last(bits), true)
			.values()
			.stream()
			.map(Entry::preimage)
			.toList();
	}

	/** Tells that a key is being announced: it is due after {@link #RETRY}. */
	void begun(ByteBuffer preimage, long nowNanos) {
		Entry entry = this.entries.get(KadKey.of(preimage));
		if (entry != null) {
			put(new Entry(entry.key(), entry.preimage(), nowNanos + RETRY.toNanos()));
		}
	}

	/** Tells that a key was announced: it is due at its own moment, within one cycle. */
	void announced(ByteBuffer preimage, long nowNanos) {
		announced(preimage, KadKey.BITS, nowNanos);
	}

	/**
	 * Tells that a key was announced with its region: it is due at the moment of the
	 * region, within one cycle, so that the keys of a region stay together.
	 * @param preimage the key, as it was added
	 * @param bits how many leading bits the keys of the region share
	 * @param nowNanos the time
	 */
	void announced(ByteBuffer preimage, int bits, long nowNanos) {
		KadKey key = KadKey.of(preimage);
		Entry entry = this.entries.get(key);
		if (entry != null) {
			KadKey place = this.self.distance(key).first(bits);
			long dueNanos = nowNanos + toMoment(place, nowNanos);
			put(new Entry(key, entry.preimage(), dueNanos));
			this.changes.provided(entry.preimage(), dueNanos);
		}
	}

	/** From now to the next moment of a place: a cycle at most. */
	private long toMoment(KadKey distance, long nowNanos) {
		double place = (distance.w0() >>> 1) / (double) Long.MAX_VALUE;
		long elapsed = Math.floorMod(nowNanos - this.startNanos, this.cycleNanos);
		long until = Math.floorMod((long) (place * this.cycleNanos) - elapsed, this.cycleNanos);
		return (until == 0) ? this.cycleNanos : until;
	}

	private void put(Entry entry) {
		Entry before = this.entries.put(entry.key(), entry);
		if (before != null) {
			this.order.remove(before.moment(this.startNanos));
		}
		this.order.put(entry.moment(this.startNanos), entry);
	}

	/** Tells a listener of all keys. */
	void describe(KadChanges listener) {
		this.entries.values().forEach((entry) -> listener.provided(entry.preimage(), entry.dueNanos()));
	}

	int size() {
		return this.entries.size();
	}

	/** How long the most overdue key waits; 0 if none is due. */
	long lagNanos(long nowNanos) {
		return this.order.isEmpty() ? 0 : Math.max(0, nowNanos - this.startNanos - this.order.firstKey().nanos());
	}

}

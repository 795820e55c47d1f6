package io.p2pboot.libp2p.kad;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.p2pboot.libp2p.PeerId;
import org.jspecify.annotations.Nullable;

/**
 * The servers that this node knows, in buckets by the length of the prefix that they
 * share with it; the last bucket holds the rest and splits when it is full. A newcomer
 * never pushes out a peer that is there, except one that came while the table was being
 * filled for the first time. Plain state; not thread-safe.
 */
final class RoutingTable {

	/** How many failures in a row cost a peer its place. */
	static final int MAX_FAILURES = 2;

	/** What became of an offer. */
	enum Offer {

		/** The peer has a place now. */
		ADDED,

		/** The peer had one. */
		PRESENT,

		/** Its bucket is full. */
		FULL,

		/** Its addresses are of groups that have as many places as they may. */
		DIVERSITY,

		/** It is this node. */
		SELF

	}

	/** One place. */
	static final class Entry {

		private final PeerId id;

		private final KadKey key;

		private final Set<IpGroup> groups;

		private final long addedNanos;

		private long usefulNanos;

		private int failures;

		private boolean replaceable;

		private Entry(PeerId id, KadKey key, Set<IpGroup> groups, long nowNanos, boolean replaceable) {
			this.id = id;
			this.key = key;
			this.groups = Set.copyOf(groups);
			this.addedNanos = nowNanos;
			this.usefulNanos = nowNanos;
			this.replaceable = replaceable;
		}

		PeerId id() {
			return this.id;
		}

		KadKey key() {
			return this.key;
		}

		long addedNanos() {
			return this.addedNanos;
		}

		/** When it last answered. */
		long usefulNanos() {
			return this.usefulNanos;
		}

	}

	private final KadKey self;

	private final int bucketSize;

	private final int groupPerBucket;

	private final int groupInTable;

	private final List<List<Entry>> buckets = new ArrayList<>();

	private final Map<KadKey, Entry> entries = new HashMap<>();

	private final Map<IpGroup, Integer> groups = new HashMap<>();

	/**
	 * Creates an empty table.
	 * @param self this node
	 * @param bucketSize how many peers a bucket holds
	 * @param groupPerBucket how many peers of one address group a bucket holds
	 * @param groupInTable how many peers of one address group the table holds
	 */
	RoutingTable(KadKey self, int bucketSize, int groupPerBucket, int groupInTable) {
		this.self = self;
		this.bucketSize = bucketSize;
		this.groupPerBucket = groupPerBucket;
		this.groupInTable = groupInTable;
		this.buckets.add(new ArrayList<>());
	}

	/**
	 * Offers a peer.
	 * @param id the peer
	 * @param key its key
	 * @param addressGroups the groups of the addresses at which it was reached
	 * @param nowNanos the time
	 * @param filling whether the table is being filled for the first time
	 */
	Offer offer(PeerId id, KadKey key, Set<IpGroup> addressGroups, long nowNanos, boolean filling) {
		if (key.equals(this.self)) {
			return Offer.SELF;
		}
		if (this.entries.containsKey(key)) {
			return Offer.PRESENT;
		}
		List<Entry> bucket = room(key);
		Entry replaced = (bucket.size() < this.bucketSize) ? null : replaceable(bucket);
		if (bucket.size() >= this.bucketSize && replaced == null) {
			return Offer.FULL;
		}
		if (!isDiverse(bucket, addressGroups)) {
			return Offer.DIVERSITY;
		}
		if (replaced != null) {
			remove(replaced.key);
		}
		Entry entry = new Entry(id, key, addressGroups, nowNanos, filling);
		bucket.add(entry);
		this.entries.put(key, entry);
		entry.groups.forEach((group) -> this.groups.merge(group, 1, Integer::sum));
		return Offer.ADDED;
	}

	/** The bucket of a key, after as many splits of the last one as make room. */
	private List<Entry> room(KadKey key) {
		int prefix = this.self.commonPrefix(key);
		List<Entry> bucket = this.buckets.get(Math.min(prefix, this.buckets.size() - 1));
		while (bucket.size() >= this.bucketSize && prefix >= this.buckets.size() - 1
				&& this.buckets.size() < KadKey.BITS) {
			split(bucket);
			bucket = this.buckets.get(Math.min(prefix, this.buckets.size() - 1));
		}
		return bucket;
	}

	private void split(List<Entry> last) {
		int depth = this.buckets.size() - 1;
		List<Entry> deeper = new ArrayList<>();
		for (Iterator<Entry> each = last.iterator(); each.hasNext();) {
			Entry entry = each.next();
			if (this.self.commonPrefix(entry.key) > depth) {
				each.remove();
				deeper.add(entry);
			}
		}
		this.buckets.add(deeper);
	}

	private static @Nullable Entry replaceable(List<Entry> bucket) {
		return bucket.stream().filter((entry) -> entry.replaceable).findFirst().orElse(null);
	}

	private boolean isDiverse(List<Entry> bucket, Set<IpGroup> addressGroups) {
		return addressGroups.stream()
			.allMatch((group) -> this.groups.getOrDefault(group, 0) < this.groupInTable
					&& bucket.stream().filter((entry) -> entry.groups.contains(group)).count() < this.groupPerBucket);
	}

	/**
	 * Tells that a peer has answered.
	 * @param key the peer
	 * @param nowNanos the time
	 */
	void answered(KadKey key, long nowNanos) {
		Entry entry = this.entries.get(key);
		if (entry != null) {
			entry.usefulNanos = nowNanos;
			entry.failures = 0;
		}
	}

	/**
	 * Tells that a peer could not be reached or did not answer rightly.
	 * @param key the peer
	 * @return whether that cost its place
	 */
	boolean failed(KadKey key) {
		Entry entry = this.entries.get(key);
		return entry != null && ++entry.failures >= MAX_FAILURES && remove(key);
	}

	/** Whether a peer has a place, and the last request to it was in vain. */
	boolean hasFailed(KadKey key) {
		Entry entry = this.entries.get(key);
		return entry != null && entry.failures > 0;
	}

	/**
	 * Takes a peer's place away.
	 * @param key the peer
	 * @return whether it had one
	 */
	boolean remove(KadKey key) {
		Entry entry = this.entries.remove(key);
		if (entry == null) {
			return false;
		}
		bucket(key).remove(entry);
		entry.groups.forEach((group) -> this.groups.computeIfPresent(group, (same, n) -> (n == 1) ? null : n - 1));
		return true;
	}

	private List<Entry> bucket(KadKey key) {
		return this.buckets.get(Math.min(this.self.commonPrefix(key), this.buckets.size() - 1));
	}

	/** Tells that the table has been filled: from now on nobody is replaced. */
	void filled() {
		this.entries.values().forEach((entry) -> entry.replaceable = false);
	}

	/**
	 * The peers nearest to a key, the nearest first. Those of its own bucket and deeper
	 * are nearer than all others, then the buckets before follow one by one.
	 */
	List<Entry> nearest(KadKey target, int count) {
		Comparator<Entry> byDistance = (one, other) -> target.compareDistance(one.key, other.key);
		int last = this.buckets.size() - 1;
		int own = Math.min(this.self.commonPrefix(target), last);
		List<Entry> nearest = new ArrayList<>(this.buckets.get(own));
		nearest.sort(byDistance);
		if (nearest.size() < count && own < last) {
			List<Entry> deeper = new ArrayList<>();
			this.buckets.subList(own + 1, last + 1).forEach(deeper::addAll);
			deeper.sort(byDistance);
			nearest.addAll(deeper);
		}
		for (int index = own - 1; index >= 0 && nearest.size() < count; index--) {
			List<Entry> next = new ArrayList<>(this.buckets.get(index));
			next.sort(byDistance);
			nearest.addAll(next);
		}
		return (nearest.size() > count) ? nearest.subList(0, count) : nearest;
	}

	/** The peers that have not answered since a time. */
	List<Entry> silentSince(long nanos) {
		return this.entries.values().stream().filter((entry) -> entry.usefulNanos - nanos < 0).toList();
	}

	boolean contains(KadKey key) {
		return this.entries.containsKey(key);
	}

	int size() {
		return this.entries.size();
	}

	/** How many peers share exactly so many leading bits with this node. */
	int sharing(int prefix) {
		List<Entry> bucket = this.buckets.get(Math.min(prefix, this.buckets.size() - 1));
		return (int) bucket.stream().filter((entry) -> this.self.commonPrefix(entry.key) == prefix).count();
	}

	/** The longest prefix that has a bucket of its own. */
	int depth() {
		return this.buckets.size() - 1;
	}

	/** The peers, bucket by bucket. */
	List<List<Entry>> buckets() {
		return this.buckets.stream().map(List::copyOf).toList();
	}

}

package io.p2pboot.libp2p.pubsub.gossip;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;

import io.p2pboot.libp2p.pubsub.SeenParams;

/**
 * The messages of the last while, in buckets of time: a bucket goes as a whole once all
 * of it is old, or when there are too many messages. Router's thread only.
 */
final class SeenCache {

	private static final int BUCKETS = 8;

	private final SeenParams params;

	private final long bucketNanos;

	private final Deque<Bucket> buckets = new ArrayDeque<>();

	private int size;

	SeenCache(SeenParams params) {
		this.params = params;
		this.bucketNanos = Math.max(1, params.timeToLive().toNanos() / BUCKETS);
	}

	int size() {
		return this.size;
	}

	/** Whether a message was seen; where sight counts, it is one. */
	boolean isSeen(Digest id, long now) {
		expire(now);
		for (Bucket bucket : this.buckets) {
			if (bucket.ids().contains(id)) {
				if (this.params.sinceLast() && now - bucket.since() >= this.bucketNanos) {
					// Each id is in one bucket, and moves once for each: a peer that
					// names it again and again must not fill the cache with it.
					bucket.ids().remove(id);
					this.size--;
					insert(id, now);
				}
				return true;
			}
		}
		return false;
	}

	/** Remembers a message. */
	void add(Digest id, long now) {
		expire(now);
		insert(id, now);
		while (this.size > this.params.maxMessages() && this.buckets.size() > 1) {
			drop();
		}
		if (this.size > this.params.maxMessages()) {
			// One bucket alone is too large: it becomes two, and the older can go.
			this.buckets.addLast(new Bucket(now, new DigestSet()));
		}
	}

	private void insert(Digest id, long now) {
		Bucket newest = this.buckets.peekLast();
		boolean full = newest != null && newest.ids().size() > this.params.maxMessages() / BUCKETS;
		if (newest == null || full || now - newest.since() >= this.bucketNanos) {
			newest = new Bucket(now, new DigestSet());
			this.buckets.addLast(newest);
		}
		if (newest.ids().add(id)) {
			this.size++;
		}
	}

	private void expire(long now) {
		Iterator<Bucket> oldest = this.buckets.iterator();
		while (oldest.hasNext()) {
			Bucket bucket = oldest.next();
			if (now - bucket.since() - this.bucketNanos < this.params.timeToLive().toNanos()) {
				return;
			}
			this.size -= bucket.ids().size();
			oldest.remove();
		}
	}

	private void drop() {
		this.size -= this.buckets.removeFirst().ids().size();
	}

	/**
	 * What was seen within an eighth of the time.
	 *
	 * @param since when it began
	 * @param ids what was seen
	 */
	private record Bucket(long since, DigestSet ids) {
	}

}

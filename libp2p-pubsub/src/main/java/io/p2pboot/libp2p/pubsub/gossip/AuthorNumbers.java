package io.p2pboot.libp2p.pubsub.gossip;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

import io.p2pboot.libp2p.PeerId;

/**
 * Keeps messages from being replayed once they are remembered as seen no more: for each
 * author the highest number of a message that was accepted so long ago. Unlike the
 * highest number of all, it drops no message that others have overtaken, since those of
 * the time in between are told apart by the seen cache. Router's thread only.
 */
final class AuthorNumbers {

	/**
	 * In how many parts the time is cut for which messages are seen: a message may be
	 * overtaken by others for all of it but one part.
	 */
	private static final int PARTS = 4;

	private final int maxAuthors;

	private final long partNanos;

	private long begun;

	private boolean running;

	/** Who was heard longest ago comes first, and is forgotten first. */
	private final Map<PeerId, Numbers> authors = new LinkedHashMap<>(16, 0.75f, true);

	/**
	 * Creates it.
	 * @param maxAuthors how many authors are remembered
	 * @param timeToLive for how long the seen cache tells messages apart, in nanoseconds
	 */
	AuthorNumbers(int maxAuthors, long timeToLive) {
		this.maxAuthors = maxAuthors;
		this.partNanos = Math.max(1, timeToLive / PARTS);
	}

	/** Whether a message is one of long ago; the number is unsigned. */
	boolean isReplay(PeerId author, long number, long now) {
		Numbers known = this.authors.get(author);
		if (known == null) {
			return false;
		}
		known.age(part(now));
		return known.isOld(number);
	}

	/** A message was accepted. */
	void accepted(PeerId author, long number, long now) {
		if (this.maxAuthors == 0) {
			return;
		}
		if (!this.running) {
			this.running = true;
			this.begun = now;
		}
		Numbers known = this.authors.computeIfAbsent(author, (key) -> new Numbers());
		known.age(part(now));
		known.add(number, part(now));
		if (this.authors.size() > this.maxAuthors) {
			this.authors.remove(this.authors.keySet().iterator().next());
		}
	}

	private long part(long now) {
		return (now - this.begun) / this.partNanos;
	}

	int size() {
		return this.authors.size();
	}

	/**
	 * Of one author: the highest number of long ago, and that of each part of the time
	 * since.
	 */
	private static final class Numbers {

		private final long[] recent = new long[PARTS];

		/** In which part of all time each was; -1 where there is none. */
		private final long[] parts = new long[PARTS];

		private boolean hasOld;

		private long old;

		Numbers() {
			Arrays.fill(this.parts, -1);
		}

		/** What is from a part that began long enough ago is old. */
		void age(long part) {
			for (int slot = 0; slot < PARTS; slot++) {
				if (this.parts[slot] >= 0 && part - this.parts[slot] >= PARTS) {
					this.old = this.hasOld ? max(this.old, this.recent[slot]) : this.recent[slot];
					this.hasOld = true;
					this.parts[slot] = -1;
				}
			}
		}

		void add(long number, long part) {
			int slot = (int) (part % PARTS);
			this.recent[slot] = (this.parts[slot] == part) ? max(this.recent[slot], number) : number;
			this.parts[slot] = part;
		}

		boolean isOld(long number) {
			return this.hasOld && Long.compareUnsigned(number, this.old) <= 0;
		}

		private static long max(long one, long other) {
			return (Long.compareUnsigned(one, other) >= 0) ? one : other;
		}

	}

}

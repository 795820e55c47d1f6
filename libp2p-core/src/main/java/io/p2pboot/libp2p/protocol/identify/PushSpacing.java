package io.p2pboot.libp2p.protocol.identify;

import java.time.Duration;

/**
 * When the next round of pushes goes out. Each round tells all peers, and strangers can
 * cause one: a few of them who see us somewhere, and then do not any more, change what we
 * tell. So the time between two rounds doubles with each, and halves with each
 * {@link #LONGEST} of calm that follows. What our own program changes waits for
 * {@link #LONGEST_OWN} at most. Times are nanoseconds of one clock. Not thread-safe.
 */
final class PushSpacing {

	/** How long after the first change a round goes out, and between the first two. */
	static final Duration SHORTEST = Duration.ofMillis(200);

	/** How far apart rounds get. */
	static final Duration LONGEST = Duration.ofMinutes(1);

	/**
	 * How far apart rounds get that tell of other protocols: peers read one push each 5 s
	 * in the long run, as we do.
	 */
	static final Duration LONGEST_OWN = Duration.ofSeconds(PushAllowances.SECONDS_EACH);

	private boolean begun;

	private long lastNanos;

	private long apartNanos = SHORTEST.toNanos();

	/**
	 * Returns when what has changed now may go out.
	 * @param now the time of the change
	 * @param own whether our protocols have changed, and not only our addresses
	 */
	long due(long now, boolean own) {
		if (!this.begun) {
			return now + SHORTEST.toNanos();
		}
		long apart = own ? Math.min(this.apartNanos, LONGEST_OWN.toNanos()) : this.apartNanos;
		return now + Math.max(SHORTEST.toNanos(), this.lastNanos + apart - now);
	}

	/** A round goes out. */
	void round(long now) {
		if (this.begun) {
			long quiet = Math.max(0, now - this.lastNanos - this.apartNanos);
			long calm = Math.min(quiet / LONGEST.toNanos(), Long.SIZE - 1);
			long apart = Math.min(2 * this.apartNanos, LONGEST.toNanos()) >> calm;
			this.apartNanos = Math.max(apart, SHORTEST.toNanos());
		}
		this.begun = true;
		this.lastNanos = now;
	}

}

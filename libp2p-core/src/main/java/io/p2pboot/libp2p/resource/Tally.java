package io.p2pboot.libp2p.resource;

import java.util.concurrent.atomic.AtomicLong;

/**
 * A count of one scope, which ends with the scope: what comes later changes nothing.
 * Thread-safe.
 */
final class Tally {

	/** The answer of a count that has ended, or that is at its maximum. */
	static final long REFUSED = -1;

	private static final long ENDED = Long.MIN_VALUE;

	private final AtomicLong count = new AtomicLong();

	/** Adds, up to a maximum; returns the count before, or {@link #REFUSED}. */
	long add(long more, long maximum) {
		long now = this.count.get();
		while (now != ENDED && more <= maximum - now) {
			if (this.count.compareAndSet(now, now + more)) {
				return now;
			}
			now = this.count.get();
		}
		return REFUSED;
	}

	/** Takes away; returns what is left, or {@link #REFUSED} where it has ended. */
	long subtract(long less) {
		long now = this.count.get();
		while (now != ENDED) {
			if (less > now) {
				throw new IllegalStateException("Released " + less + " where " + now + " are in use");
			}
			if (this.count.compareAndSet(now, now - less)) {
				return now - less;
			}
			now = this.count.get();
		}
		return REFUSED;
	}

	/** Ends the count; returns what was in use. */
	long end() {
		return Math.max(0, this.count.getAndSet(ENDED));
	}

	boolean hasEnded() {
		return this.count.get() == ENDED;
	}

	long value() {
		return Math.max(0, this.count.get());
	}

}

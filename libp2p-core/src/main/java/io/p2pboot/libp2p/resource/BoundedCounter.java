package io.p2pboot.libp2p.resource;

import java.util.concurrent.atomic.AtomicInteger;

import io.p2pboot.libp2p.LimitExceeded;

/**
 * Counts what is in use against a named limit. Thread-safe.
 */
public final class BoundedCounter {

	private final String limit;

	private final int maximum;

	private final AtomicInteger used = new AtomicInteger();

	/**
	 * Creates a counter at zero.
	 * @param limit the name of the limit
	 * @param maximum the largest value allowed
	 */
	public BoundedCounter(String limit, int maximum) {
		this.limit = limit;
		this.maximum = maximum;
	}

	/**
	 * Takes one, if one is left.
	 * @return whether one was taken; each has to be given back with {@link #release}
	 */
	public boolean tryAcquire() {
		int now = this.used.get();
		while (now < this.maximum) {
			if (this.used.compareAndSet(now, now + 1)) {
				return true;
			}
			now = this.used.get();
		}
		return false;
	}

	/**
	 * Gives one back.
	 * @throws IllegalStateException if none was taken
	 */
	public void release() {
		if (this.used.decrementAndGet() < 0) {
			throw new IllegalStateException("Limit '" + this.limit + "' was released more often than acquired");
		}
	}

	/**
	 * Returns how many are in use.
	 * @return the number in use
	 */
	public int used() {
		return this.used.get();
	}

	/**
	 * Returns whether none is left at this moment.
	 * @return whether {@link #tryAcquire} would fail now
	 */
	public boolean isUsedUp() {
		return this.used.get() >= this.maximum;
	}

	/**
	 * Describes a refusal.
	 * @return the error that names this limit
	 */
	public LimitExceeded exceeded() {
		return new LimitExceeded(this.limit, this.maximum + 1L, this.maximum);
	}

}

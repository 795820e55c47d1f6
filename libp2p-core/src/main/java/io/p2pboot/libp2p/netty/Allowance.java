package io.p2pboot.libp2p.netty;

import java.util.concurrent.TimeUnit;

/**
 * How often something may still be done: so many times at once, and one time more for
 * each so long. What costs us more than it costs a peer, such as a frame that carries
 * nothing, is counted with it. Not thread-safe.
 */
public final class Allowance {

	private final long nanosEach;

	private final long whole;

	private long spentNanos;

	private long lastNanos;

	/**
	 * Creates a whole allowance.
	 * @param burst how many times at once, positive
	 * @param nanosEach after how long one more comes back, in nanoseconds, positive
	 * @param now the time, in nanoseconds of any origin
	 * @throws IllegalArgumentException if a number is not positive
	 */
	public Allowance(int burst, long nanosEach, long now) {
		if (burst < 1 || nanosEach < 1) {
			throw new IllegalArgumentException(
					"burst and nanosEach must be positive, were " + burst + " and " + nanosEach);
		}
		this.nanosEach = nanosEach;
		this.whole = Math.multiplyExact(burst, nanosEach);
		this.lastNanos = now;
	}

	/**
	 * Creates a whole allowance of which several come back a second.
	 * @param burst how many times at once, positive
	 * @param perSecond how many times more in a second, 1 to 1,000,000,000
	 * @param now the time, in nanoseconds of any origin
	 * @return the allowance
	 * @throws IllegalArgumentException if a number is out of its range
	 */
	public static Allowance perSecond(int burst, int perSecond, long now) {
		return new Allowance(burst, (perSecond > 0) ? TimeUnit.SECONDS.toNanos(1) / perSecond : 0, now);
	}

	/**
	 * Takes one.
	 * @param now the time, in nanoseconds
	 * @return whether one was left
	 */
	public boolean take(long now) {
		this.spentNanos = Math.max(0, this.spentNanos - (now - this.lastNanos));
		this.lastNanos = now;
		if (this.spentNanos + this.nanosEach > this.whole) {
			return false;
		}
		this.spentNanos += this.nanosEach;
		return true;
	}

	/**
	 * Gives some back, up to a whole allowance.
	 * @param parts how many parts, not negative
	 * @param partsOfOne how many parts are one, positive
	 */
	public void give(long parts, long partsOfOne) {
		long back = Math.min(parts / partsOfOne, this.whole / this.nanosEach) * this.nanosEach
				+ parts % partsOfOne * this.nanosEach / partsOfOne;
		this.spentNanos = Math.max(0, this.spentNanos - back);
	}

	/**
	 * Returns whether nothing has been taken that is not back by now.
	 * @param now the time, in nanoseconds
	 * @return whether the allowance is whole
	 */
	public boolean isWhole(long now) {
		return this.spentNanos <= now - this.lastNanos;
	}

}

package io.p2pboot.libp2p.resource;

import java.time.Duration;

/**
 * When connections are closed because there are many.
 *
 * @param low down to how many, positive
 * @param high above how many; at least {@code low}
 * @param gracePeriod how long a new connection is left alone, not negative
 */
public record ConnectionMarks(int low, int high, Duration gracePeriod) {

	/** How long a new connection is left alone, as in go-libp2p. */
	public static final Duration DEFAULT_GRACE_PERIOD = Duration.ofMinutes(1);

	/**
	 * Checks the marks.
	 * @param low down to how many
	 * @param high above how many
	 * @param gracePeriod how long a new connection is left alone
	 * @throws IllegalArgumentException if one is out of its range
	 */
	public ConnectionMarks {
		if (low < 1 || high < low) {
			throw new IllegalArgumentException(
					"The low mark must be positive and at most the high one, were " + low + " and " + high);
		}
		if (gracePeriod.isNegative()) {
			throw new IllegalArgumentException("The grace period must not be negative, was " + gracePeriod);
		}
	}

	/**
	 * Returns the marks of a node that is not told otherwise: go-libp2p's stand at 160
	 * and 192 and its limit grows with memory; here they follow the limit, at three
	 * quarters and seven eighths of it, so that who raises the limit need not raise them.
	 * @param connections the limit on connections
	 * @return the marks
	 */
	public static ConnectionMarks of(int connections) {
		return new ConnectionMarks(connections - connections / 4, connections - connections / 8, DEFAULT_GRACE_PERIOD);
	}

}

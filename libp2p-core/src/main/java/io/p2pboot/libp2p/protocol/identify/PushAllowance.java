package io.p2pboot.libp2p.protocol.identify;

import java.util.concurrent.TimeUnit;

/**
 * How many more pushes a connection may send us: a full allowance is {@value #BURST}, and
 * one comes back every {@value #SECONDS_EACH} seconds, as go-libp2p grants to a network.
 * Plain state; not thread-safe.
 */
final class PushAllowance {

	/** How many pushes may follow each other at once. */
	static final int BURST = 10;

	/** In how many seconds one more is allowed. */
	static final int SECONDS_EACH = 5;

	private static final long NANOS_EACH = TimeUnit.SECONDS.toNanos(SECONDS_EACH);

	private long spentNanos;

	private long lastNanos;

	PushAllowance(long nowNanos) {
		this.lastNanos = nowNanos;
	}

	/** Takes one push from the allowance; false if none is left. */
	boolean take(long nowNanos) {
		this.spentNanos = Math.max(0, this.spentNanos - (nowNanos - this.lastNanos));
		this.lastNanos = nowNanos;
		if (this.spentNanos + NANOS_EACH > BURST * NANOS_EACH) {
			return false;
		}
		this.spentNanos += NANOS_EACH;
		return true;
	}

}

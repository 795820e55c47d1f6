package io.p2pboot.libp2p.muxer.yamux;

import io.p2pboot.libp2p.netty.Allowance;

/**
 * Bounds the frames that carry nothing: pings, empty data, empty updates, resets, frames
 * for streams that are gone. A burst is allowed, and then a rate. Event loop only.
 */
final class FloodBound {

	/** How many such frames may come at once. */
	static final int BURST = 20_000;

	/** How many more may come each second: a fast peer resets thousands of streams. */
	static final int PER_SECOND = 10_000;

	/** How many more may come for a stream that has ended: they were on their way. */
	static final int PER_ENDED_STREAM = 4;

	private final Allowance allowance;

	FloodBound(long now) {
		this.allowance = Allowance.perSecond(BURST, PER_SECOND, now);
	}

	/** A stream has ended, and not because the peer has reset it. */
	void streamEnded() {
		this.allowance.give(PER_ENDED_STREAM, 1);
	}

	void count(long now) throws YamuxViolation {
		if (!this.allowance.take(now)) {
			throw new YamuxViolation(
					"more than " + BURST + " frames that carry nothing, and " + PER_SECOND + " a second, are a flood");
		}
	}

}

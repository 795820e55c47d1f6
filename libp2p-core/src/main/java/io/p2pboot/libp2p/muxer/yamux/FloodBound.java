package io.p2pboot.libp2p.muxer.yamux;

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

	private double allowance = BURST;

	private long lastNanos;

	FloodBound(long now) {
		this.lastNanos = now;
	}

	/** A stream has ended, and not because the peer has reset it. */
	void streamEnded() {
		this.allowance = Math.min(BURST, this.allowance + PER_ENDED_STREAM);
	}

	void count(long now) throws YamuxViolation {
		this.allowance = Math.min(BURST, this.allowance + (now - this.lastNanos) * (PER_SECOND / 1e9));
		this.lastNanos = now;
		if (this.allowance < 1) {
			throw new YamuxViolation(
					"more than " + BURST + " frames that carry nothing, and " + PER_SECOND + " a second, are a flood");
		}
		this.allowance--;
	}

}

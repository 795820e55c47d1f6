package io.p2pboot.libp2p.transport.quic;

import java.time.Duration;

/**
 * Whether a path swallows nearly all that is sent, though the peer may still be heard:
 * after the path has come to take only smaller packets, the codec goes on with those that
 * it found before. What was sent is judged whenever there is enough of it: it is in vain
 * if nearly all is lost, or if no acknowledgement came, so that the measured round trip
 * stands still; without acknowledgements nothing is taken for lost. Not thread-safe.
 */
final class LossWatch {

	/** How long a path may swallow nearly everything. */
	static final Duration PATIENCE = Duration.ofSeconds(20);

	/** Less than this, sent since the last judgement, says nothing. */
	static final long MIN_BYTES = 2 * PacketRouter.MIN_INITIAL_BYTES;

	/** In percent, of the bytes that were sent. */
	static final int MAX_LOST = 80;

	private long sentBytes;

	private long lostBytes;

	private long roundTripNanos;

	/** When something came through last, or nothing was to be sent. */
	private long sinceNanos;

	private long judgedNanos;

	LossWatch(long now) {
		this.sinceNanos = now;
		this.judgedNanos = now;
	}

	/**
	 * Looks.
	 * @param sent how many bytes were sent, ever
	 * @param lost how many of them are lost
	 * @param roundTrip the round trip that was measured last
	 * @param now the time
	 * @return whether the path is to be given up
	 */
	boolean look(long sent, long lost, long roundTrip, long now) {
		long bytes = sent - this.sentBytes;
		if (bytes < MIN_BYTES) {
			return false;
		}
		boolean vain = roundTrip == this.roundTripNanos || (lost - this.lostBytes) * 100 >= bytes * MAX_LOST;
		if (!vain || now - this.judgedNanos >= PATIENCE.toNanos()) {
			this.sinceNanos = now;
		}
		this.sentBytes = sent;
		this.lostBytes = lost;
		this.roundTripNanos = roundTrip;
		this.judgedNanos = now;
		return now - this.sinceNanos >= PATIENCE.toNanos();
	}

}

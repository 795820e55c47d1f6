package io.p2pboot.libp2p.transport.quic;

/**
 * What to do about a peer that sends nothing: to ask whether it is there, and to take the
 * connection for lost at the idle timeout. The codec begins to count anew with the first
 * packet that is sent into a silence, so that a question doubles its time; here only what
 * was received counts. It is looked at from time to time, and what came in between counts
 * as just come: so the last look that is still in time decides. Not thread-safe.
 */
final class Silence {

	/** Into how many looks the idle timeout is divided. */
	static final int LOOKS = 12;

	/** What to do. */
	enum Verdict {

		/** Nothing. */
		FINE,

		/** To send something that is acknowledged. */
		ASK,

		/** To give the connection up. */
		LOST

	}

	private final long idleNanos;

	private final long askNanos;

	private final long lookNanos;

	private long received = -1;

	private long heardNanos;

	private long askedNanos;

	/**
	 * Creates a watch.
	 * @param idleNanos after how long the connection is lost
	 * @param askNanos after how long the peer is asked, and asked again
	 * @param now the time
	 */
	Silence(long idleNanos, long askNanos, long now) {
		this.idleNanos = idleNanos;
		this.askNanos = Math.min(askNanos, idleNanos / 2);
		this.lookNanos = Math.max(1, Math.min(this.askNanos, idleNanos / LOOKS));
		this.heardNanos = now;
		this.askedNanos = now;
	}

	/** How often to look. */
	long lookNanos() {
		return this.lookNanos;
	}

	/**
	 * Looks.
	 * @param packets how many packets of the peer were received, ever
	 * @param now the time
	 */
	Verdict look(long packets, long now) {
		if (packets != this.received) {
			this.received = packets;
			this.heardNanos = now;
			this.askedNanos = now;
			return Verdict.FINE;
		}
		if (now - this.heardNanos + 2 * this.lookNanos > this.idleNanos) {
			return Verdict.LOST;
		}
		if (now - this.askedNanos + this.lookNanos > this.askNanos) {
			this.askedNanos = now;
			return Verdict.ASK;
		}
		return Verdict.FINE;
	}

}

package io.p2pboot.libp2p.transport.quic;

import java.util.concurrent.TimeUnit;

/**
 * How long a FIN that leaves without data has to wait. Once the peer's side was read to
 * its end, the codec takes a stream for complete, and forgets it, as soon as the data is
 * acknowledged: a FIN that was lost, or that waits for room in the congestion window, is
 * then never sent again, and the peer never sees the end. Where packets are lost or room
 * is scarce, the FIN waits until the data is acknowledged: from then on the codec repeats
 * it as it should. That may be seen earlier ({@link Quiet}). Event loop only; one for a
 * connection.
 */
final class LoneFin {

	/** For how long a lost packet makes the next ones likely. */
	static final long RECENT_NANOS = TimeUnit.SECONDS.toNanos(10);

	/** How long a peer may keep an ACK back (RFC 9000 section 18.2). */
	static final long MAX_ACK_DELAY_NANOS = TimeUnit.MILLISECONDS.toNanos(25);

	/** How many round trips an ACK may take beyond that. */
	static final int ROUND_TRIPS = 3;

	/** With more than this on its way, a burst may overrun the peer's socket. */
	static final long BURST_BYTES = 16 * 1024;

	/** It does not wait longer for a peer from which nothing comes. */
	static final long MAX_WAIT_NANOS = TimeUnit.SECONDS.toNanos(1);

	/** So many FINs may leave alone within the time of an ACK; each is a packet. */
	static final int BURST_FINS = 16;

	private long lost;

	private long lostAtNanos;

	private int fins;

	private long finsSinceNanos;

	/**
	 * Tells how long a FIN has to wait. Acknowledgements that wait in the socket count
	 * for nothing: the event loop may have been busy with other work.
	 * @param lost how many packets the connection has lost so far
	 * @param windowBytes the congestion window
	 * @param roomBytes how much of it is left
	 * @param roundTripNanos the round-trip time
	 * @param sentNanos when the last data was sent
	 * @param readNanos when packets were read last
	 * @param nowNanos the time
	 * @return how long, in nanoseconds; 0 to send it now
	 */
	long waitNanos(long lost, long windowBytes, long roomBytes, long roundTripNanos, long sentNanos, long readNanos,
			long nowNanos) {
		if (lost != this.lost) {
			this.lost = lost;
			this.lostAtNanos = nowNanos;
		}
		boolean losing = this.lost > 0 && nowNanos - this.lostAtNanos < RECENT_NANOS;
		boolean burst = windowBytes - roomBytes > Math.min(BURST_BYTES, windowBytes / 2);
		if (!losing && !burst && !isOneOfMany(nowNanos)) {
			return 0;
		}
		long since = Math.max(0, readNanos - sentNanos);
		return Math.max(0, MAX_ACK_DELAY_NANOS + ROUND_TRIPS * roundTripNanos - since);
	}

	private boolean isOneOfMany(long nowNanos) {
		if (nowNanos - this.finsSinceNanos > MAX_ACK_DELAY_NANOS) {
			this.finsSinceNanos = nowNanos;
			this.fins = 0;
		}
		return ++this.fins > BURST_FINS;
	}

}

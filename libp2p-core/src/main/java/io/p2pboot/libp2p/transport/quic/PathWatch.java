package io.p2pboot.libp2p.transport.quic;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Whether a path swallows nearly all that is sent, though the peer is heard: after the
 * path has come to take smaller packets only, the codec goes on with those that it found
 * to pass before (RFC 9000 section 14.3, RFC 8899 section 4.3). A look is in vain if what
 * was sent since the last one is nearly all lost, or if no acknowledgement came, so that
 * the measured round trip stands still. What is small still passes, a keep-alive for
 * example, so that a third of the looks may not be in vain; but if nothing is in flight
 * at one of them, everything has come. A peer that is not heard at all is left to
 * {@link Silence}. Not thread-safe.
 */
final class PathWatch {

	/** Less than this, sent since the last look, is a probe or small. */
	static final long FEW_BYTES = 2 * PacketRouter.MIN_INITIAL_BYTES;

	/** In percent, of the bytes that were sent. */
	static final int MAX_LOST = 80;

	private final int looks;

	/** The newest looks with something in flight. */
	private final Deque<Look> newest = new ArrayDeque<>();

	private long sentBytes;

	private long lostBytes;

	private long roundTripNanos;

	private record Look(boolean vain, long received) {
	}

	/**
	 * Creates a watch.
	 * @param looks how many looks in a row decide, at least 3
	 */
	PathWatch(int looks) {
		this.looks = looks;
	}

	/**
	 * Looks.
	 * @param inFlight whether something waits to be acknowledged
	 * @param received how many packets of the peer were received, ever
	 * @param sent how many bytes were sent, ever
	 * @param lost how many of them are lost
	 * @param roundTrip the round trip that was measured last
	 * @return whether the path is to be given up
	 */
	boolean look(boolean inFlight, long received, long sent, long lost, long roundTrip) {
		long bytes = sent - this.sentBytes;
		boolean mostLost = bytes >= FEW_BYTES && (lost - this.lostBytes) * 100 >= bytes * MAX_LOST;
		boolean nothingCame = roundTrip == this.roundTripNanos;
		this.sentBytes = sent;
		this.lostBytes = lost;
		this.roundTripNanos = roundTrip;
		if (!inFlight) {
			this.newest.clear();
			return false;
		}
		this.newest.add(new Look(mostLost || nothingCame, received));
		if (this.newest.size() > this.looks) {
			this.newest.remove();
		}
		long inVain = this.newest.stream().filter(Look::vain).count();
		boolean heard = received > this.newest.element().received();
		return heard && this.newest.size() == this.looks && 3 * inVain >= 2L * this.looks;
	}

}

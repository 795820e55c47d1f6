package io.p2pboot.libp2p.muxer.yamux;

import org.jspecify.annotations.Nullable;

/**
 * One stream's state and windows, without any I/O. Event loop only.
 */
final class YamuxStream {

	enum State {

		/** Both sides may send; left by either FIN and by a reset. */
		OPEN,

		/** We sent FIN; left by the peer's FIN and by a reset. */
		LOCAL_CLOSED,

		/** The peer sent FIN; left by our FIN and by a reset. */
		REMOTE_CLOSED,

		/** Both FINs, or a reset; final. */
		CLOSED

	}

	/** The widest window that a peer may give. */
	static final long MAX_WINDOW_BYTES = 0xFFFF_FFFFL;

	/** Updates below this are worth a frame only to a peer that waits for credit. */
	static final int MIN_CREDIT_BYTES = 4096;

	private final int id;

	private State state = State.OPEN;

	private long sendWindow = YamuxConfig.INITIAL_WINDOW_BYTES;

	private int receiveTarget = YamuxConfig.INITIAL_WINDOW_BYTES;

	private int receiveWindow = YamuxConfig.INITIAL_WINDOW_BYTES;

	/** Announced by headers and not yet read. */
	private int unread;

	/** What the pool has lent to the stream. */
	private int lent;

	private boolean placeGivenBack;

	private int discarded;

	private boolean left;

	private long leftNanos;

	private long lastUpdateNanos;

	private boolean acknowledged;

	private @Nullable YamuxStreamChannel channel;

	YamuxStream(int id, long now) {
		this.id = id;
		this.lastUpdateNanos = now;
	}

	int id() {
		return this.id;
	}

	State state() {
		return this.state;
	}

	boolean isClosed() {
		return this.state == State.CLOSED;
	}

	boolean maySend() {
		return this.state == State.OPEN || this.state == State.REMOTE_CLOSED;
	}

	boolean mayReceive() {
		return this.state == State.OPEN || this.state == State.LOCAL_CLOSED;
	}

	void localFin() {
		this.state = switch (this.state) {
			case OPEN -> State.LOCAL_CLOSED;
			case REMOTE_CLOSED -> State.CLOSED;
			case LOCAL_CLOSED, CLOSED ->
				throw new IllegalStateException("Stream " + this.id + " was finished twice, it is " + this.state);
		};
	}

	/** False if the peer had finished before: a second FIN says nothing new. */
	boolean remoteFin() {
		if (!mayReceive()) {
			return false;
		}
		this.state = (this.state == State.OPEN) ? State.REMOTE_CLOSED : State.CLOSED;
		return true;
	}

	void reset() {
		this.state = State.CLOSED;
	}

	// What we may send.

	int sendable(int wanted) {
		return (int) Math.min(wanted, this.sendWindow);
	}

	void sent(int bytes) {
		if (bytes > this.sendWindow) {
			throw new IllegalStateException(bytes + " bytes exceed the window of " + this.sendWindow);
		}
		this.sendWindow -= bytes;
	}

	/** Takes credit from the peer; the window may not outgrow 32 bits. */
	void credited(long delta) throws YamuxViolation {
		long window = this.sendWindow + delta;
		if (window > MAX_WINDOW_BYTES) {
			throw new YamuxViolation("stream " + Integer.toUnsignedString(this.id) + ": a window of " + window
					+ " bytes exceeds " + MAX_WINDOW_BYTES);
		}
		this.sendWindow = window;
	}

	/**
	 * Whether an update of so few bytes says nothing: the peer owes no credit, as its
	 * window is as wide as at the start, or wider.
	 */
	boolean isIdleCredit(long delta) {
		return delta < MIN_CREDIT_BYTES && this.sendWindow >= YamuxConfig.INITIAL_WINDOW_BYTES;
	}

	// What the peer may send.

	void received(long bytes) throws YamuxViolation {
		if (bytes > this.receiveWindow) {
			throw new YamuxViolation("stream " + Integer.toUnsignedString(this.id) + ": a frame of " + bytes
					+ " bytes exceeds the window of " + this.receiveWindow);
		}
		this.receiveWindow -= (int) bytes;
		this.unread += (int) bytes;
	}

	/** The application has read bytes, or they were discarded. */
	void consumed(int bytes) {
		this.unread -= bytes;
	}

	/** Counts bytes that come after the application stopped reading. */
	int discarded(int bytes) {
		this.discarded += bytes;
		return this.discarded;
	}

	int unread() {
		return this.unread;
	}

	/**
	 * What the peer may make us hold: what it may still send, and what has not been read.
	 */
	int promised() {
		return mayReceive() ? this.receiveWindow + this.unread : this.unread;
	}

	int lent() {
		return this.lent;
	}

	void lent(int bytes) {
		this.lent = bytes;
	}

	/** Whether its place among the peer's streams was not given back before. */
	boolean giveBackPlace() {
		boolean first = !this.placeGivenBack;
		this.placeGivenBack = true;
		return first;
	}

	/**
	 * Says how much credit to give now: nothing before half the window is free, so that
	 * updates are few. The window doubles when it was used up faster than round trips
	 * allow. It is never wider than it may be now: one that was shrinks as it is used up.
	 * @param now the time, in nanoseconds
	 * @param roundTripNanos the round trip, or 0 if unknown
	 * @param widest how wide the window may be now, in bytes
	 * @return the credit, in bytes; 0 for none
	 */
	int credit(long now, long roundTripNanos, int widest) {
		int window = Math.min(this.receiveTarget, widest);
		int promised = promised();
		if (window - promised < window / 2 || !mayReceive()) {
			return 0;
		}
		boolean fast = roundTripNanos > 0 && now - this.lastUpdateNanos < 4 * roundTripNanos;
		if (fast) {
			window = (int) Math.min(2L * window, widest);
		}
		this.lastUpdateNanos = now;
		this.receiveTarget = window;
		this.receiveWindow += window - promised;
		return window - promised;
	}

	// Whose it is.

	boolean acknowledge() {
		boolean first = !this.acknowledged;
		this.acknowledged = true;
		return first;
	}

	@Nullable YamuxStreamChannel channel() {
		return this.channel;
	}

	void channel(YamuxStreamChannel channel) {
		this.channel = channel;
	}

	/** The application has closed the stream; what it wrote is not all sent. */
	void leave(long now) {
		if (!this.left) {
			this.left = true;
			this.leftNanos = now;
		}
	}

	/** All is sent; only the peer's end is missing. */
	void abandon(long now) {
		this.channel = null;
		this.left = true;
		this.leftNanos = now;
	}

	/** Whether the application left the stream so long ago. */
	boolean isLeftFor(long nanos, long now) {
		return this.left && now - this.leftNanos >= nanos;
	}

}

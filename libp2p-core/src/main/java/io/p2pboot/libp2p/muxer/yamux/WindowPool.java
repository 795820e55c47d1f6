package io.p2pboot.libp2p.muxer.yamux;

/**
 * What the windows of one connection may be wider than they start. The first windows of
 * all streams that the peer may open are set aside in the budget of unread bytes; this is
 * the rest, so that what is promised is never more than the budget, and nobody who keeps
 * to it has to be cut off. A stream may take half of what the others have left: one alone
 * grows to its cap, and one that is not read leaves room for the next. Event loop only.
 */
final class WindowPool {

	private final long bytes;

	private final int maxWindow;

	private long lent;

	WindowPool(YamuxConfig config) {
		this.bytes = config.growthBytes();
		this.maxWindow = config.maxWindowBytes();
	}

	/** How wide the window of a stream may be now. */
	int widest(YamuxStream stream) {
		long left = this.bytes - (this.lent - stream.lent());
		return (int) Math.min(this.maxWindow, YamuxConfig.INITIAL_WINDOW_BYTES + left / 2);
	}

	/** Counts the stream anew, after what it promises has changed. */
	void settle(YamuxStream stream) {
		int now = Math.max(0, stream.promised() - YamuxConfig.INITIAL_WINDOW_BYTES);
		this.lent += now - stream.lent();
		stream.lent(now);
	}

	long lent() {
		return this.lent;
	}

}

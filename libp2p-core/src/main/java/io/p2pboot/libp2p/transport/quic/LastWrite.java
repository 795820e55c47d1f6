package io.p2pboot.libp2p.transport.quic;

import java.util.concurrent.TimeUnit;

import io.netty.channel.EventLoop;

/**
 * Holds what was written last back for a moment, once the peer has finished its side:
 * what follows is mostly our end, and then all leaves in one frame. On its own, a FIN
 * whose packet is lost is lost for good, as soon as the peer has acknowledged the data
 * before it: the codec then takes the stream for complete and forgets it. The peer cannot
 * be waiting for what is held in order to send something.
 *
 * <p>
 * Little is held as a whole, but not for longer than {@link #HOLD_NANOS} after the first
 * of it was written; the last byte for that time after the last was. Event loop only.
 */
final class LastWrite {

	/** How long a thread may take from its last write to the end of the stream. */
	static final long HOLD_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

	private final EventLoop loop;

	private final Runnable release;

	private boolean scheduled;

	/** Nothing is held as a whole, for as long as what was held is released. */
	private boolean allOver;

	/** No byte is held, for the same time. */
	private boolean endOver;

	private long lastNanos;

	LastWrite(EventLoop loop, Runnable release) {
		this.loop = loop;
		this.release = release;
	}

	/** Something was written: whether all of it, and what is held already, is to wait. */
	boolean holdAll() {
		return !this.allOver && hold();
	}

	/** Something was written: whether its last byte is to wait. */
	boolean holdEnd() {
		return !this.endOver && hold();
	}

	private boolean hold() {
		if (!this.allOver) {
			this.lastNanos = this.loop.ticker().nanoTime();
		}
		if (!this.scheduled) {
			schedule(HOLD_NANOS);
		}
		return true;
	}

	private void schedule(long nanos) {
		this.scheduled = true;
		this.loop.schedule(this::expired, nanos, TimeUnit.NANOSECONDS);
	}

	private void expired() {
		this.scheduled = false;
		long left = HOLD_NANOS - (this.loop.ticker().nanoTime() - this.lastNanos);
		if (left > 0) {
			schedule(left);
		}
		this.allOver = true;
		this.endOver = left <= 0;
		this.release.run();
		this.allOver = false;
		this.endOver = false;
	}

}

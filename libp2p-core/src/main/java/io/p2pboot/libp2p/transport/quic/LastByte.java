package io.p2pboot.libp2p.transport.quic;

import java.util.concurrent.TimeUnit;

import io.netty.channel.EventLoop;

/**
 * Holds the last byte of a write back for a moment, once the peer has finished its side:
 * what follows is mostly our end, and then both leave in one frame. On its own, a FIN
 * whose packet is lost is lost for good, as soon as the peer has acknowledged the data
 * before it: the codec then takes the stream for complete and forgets it. The peer cannot
 * be waiting for that byte in order to send something. Event loop only.
 */
final class LastByte {

	/** How long a thread may take from its last write to the end of the stream. */
	static final long HOLD_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

	private final EventLoop loop;

	private final Runnable release;

	private boolean scheduled;

	private boolean over;

	private long sinceNanos;

	LastByte(EventLoop loop, Runnable release) {
		this.loop = loop;
		this.release = release;
	}

	/** A byte is held from now on. */
	void begin() {
		this.sinceNanos = this.loop.ticker().nanoTime();
		if (!this.scheduled) {
			this.scheduled = true;
			this.loop.schedule(this::expired, HOLD_NANOS, TimeUnit.NANOSECONDS);
		}
	}

	private void expired() {
		long left = HOLD_NANOS - (this.loop.ticker().nanoTime() - this.sinceNanos);
		if (left > 0) {
			this.loop.schedule(this::expired, left, TimeUnit.NANOSECONDS);
			return;
		}
		this.scheduled = false;
		this.over = true;
		this.release.run();
		this.over = false;
	}

	/** Whether the byte has been held long enough. */
	boolean isOver() {
		return this.over;
	}

}

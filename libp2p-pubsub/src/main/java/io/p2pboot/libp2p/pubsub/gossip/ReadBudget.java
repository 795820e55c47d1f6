package io.p2pboot.libp2p.pubsub.gossip;

import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many bytes of one stream have been read and wait; reading stops above a bound, and
 * goes on below half of it. {@link #taken} is called on the event loop, and before the
 * frame is handed over; {@link #done} on the thread that takes it. Reading is turned on
 * and off on the event loop alone, or the two threads could leave it off.
 */
final class ReadBudget {

	/** What a frame that waits costs beside its bytes: peers may send very short ones. */
	static final int FRAME_COST = 256;

	private final int maxBytes;

	private final Executor eventLoop;

	private final Switch reading;

	private final AtomicInteger bytes = new AtomicInteger();

	private volatile boolean stopped;

	ReadBudget(int maxBytes, Executor eventLoop, Switch reading) {
		this.maxBytes = maxBytes;
		this.eventLoop = eventLoop;
		this.reading = reading;
	}

	/** A frame of so many bytes was read. */
	void taken(int length) {
		if (this.bytes.addAndGet(length + FRAME_COST) > this.maxBytes && !this.stopped) {
			this.stopped = true;
			this.reading.turn(false);
		}
	}

	/** It waits no more. */
	void done(int length) {
		if (this.bytes.addAndGet(-length - FRAME_COST) <= this.maxBytes / 2 && this.stopped) {
			this.eventLoop.execute(this::goOn);
		}
	}

	private void goOn() {
		if (this.stopped && this.bytes.get() <= this.maxBytes / 2) {
			this.stopped = false;
			this.reading.turn(true);
		}
	}

	/**
	 * Turns reading on and off.
	 */
	@FunctionalInterface
	interface Switch {

		/** Turns it. */
		void turn(boolean on);

	}

}

package io.p2pboot.libp2p.protocol.datagram;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * How long a flow that the peer has finished stays open for answers: until none has gone
 * out for a while. Event loop only.
 */
final class AnswerTime {

	/** How long the next answer is waited for. */
	static final Duration PATIENCE = Duration.ofSeconds(10);

	private final EventExecutor loop;

	private final Runnable over;

	private @Nullable Future<?> check;

	private long usedNanos;

	AnswerTime(EventExecutor loop, Runnable over) {
		this.loop = loop;
		this.over = over;
	}

	/** The peer has finished. */
	void begin() {
		if (this.check == null) {
			used();
			schedule(PATIENCE.toNanos());
		}
	}

	/** An answer has gone out. */
	void used() {
		this.usedNanos = this.loop.ticker().nanoTime();
	}

	private void schedule(long nanos) {
		this.check = this.loop.schedule(this::look, nanos, TimeUnit.NANOSECONDS);
	}

	private void look() {
		long left = PATIENCE.toNanos() - (this.loop.ticker().nanoTime() - this.usedNanos);
		if (left > 0) {
			schedule(left);
		}
		else {
			this.over.run();
		}
	}

	/** The flow has ended. */
	void stop() {
		Future<?> running = this.check;
		if (running != null) {
			running.cancel(false);
		}
	}

}

package io.p2pboot.libp2p.pubsub.gossip;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.SingleThreadEventExecutor;
import io.netty.util.concurrent.Ticker;

/**
 * One thread whose clock a test sets forward; between jumps it goes as any does.
 */
final class JumpingExecutor extends SingleThreadEventExecutor {

	private final AtomicLong jumped = new AtomicLong();

	private final Ticker ticker = new Ticker() {

		@Override
		public long initialNanoTime() {
			return Ticker.systemTicker().initialNanoTime();
		}

		@Override
		public long nanoTime() {
			return Ticker.systemTicker().nanoTime() + JumpingExecutor.this.jumped.get();
		}

		@Override
		public void sleep(long delay, TimeUnit unit) {
			throw new UnsupportedOperationException();
		}

	};

	JumpingExecutor() {
		super(null, new DefaultThreadFactory("jumping", true), true);
	}

	/** Sets the clock forward. What was due by then is done once the thread looks. */
	void jump(Duration time) {
		this.jumped.addAndGet(time.toNanos());
		if (!inEventLoop()) {
			execute(() -> {
			});
		}
	}

	@Override
	public Ticker ticker() {
		// Asked by the constructor of the base class, too.
		return (this.ticker != null) ? this.ticker : Ticker.systemTicker();
	}

	@Override
	protected void run() {
		do {
			Runnable task = takeTask();
			if (task != null) {
				runTask(task);
				updateLastExecutionTime();
			}
		}
		while (!confirmShutdown());
	}

}

package io.p2pboot.libp2p.pubsub.gossip;

import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Watches the calls into user code of one lane, one at a time, with one timer for all of
 * them. Any thread; guarded by {@code lock}.
 */
final class CallWatch {

	private final EventExecutor timer;

	private final ReentrantLock lock = new ReentrantLock();

	private @Nullable Call current;

	private @Nullable Future<?> scheduled;

	private long scheduledFor;

	CallWatch(EventExecutor timer) {
		this.timer = timer;
	}

	/**
	 * Begins a call.
	 * @param nanos how long it may take
	 * @param late run once if it takes longer
	 */
	Call begin(long nanos, Runnable late) {
		this.lock.lock();
		try {
			Call call = new Call(now() + nanos, late);
			this.current = call;
			if (this.scheduled == null || call.deadline - this.scheduledFor < 0) {
				schedule(call.deadline);
			}
			return call;
		}
		finally {
			this.lock.unlock();
		}
	}

	private long now() {
		return this.timer.ticker().nanoTime();
	}

	private void schedule(long deadline) {
		Future<?> before = this.scheduled;
		if (before != null) {
			before.cancel(false);
		}
		this.scheduledFor = deadline;
		try {
			this.scheduled = this.timer.schedule(this::look, Math.max(0, deadline - now()), TimeUnit.NANOSECONDS);
		}
		catch (RejectedExecutionException ex) {
			// The end: nobody waits for an answer any more.
			this.scheduled = null;
		}
	}

	private void look() {
		Call late = null;
		this.lock.lock();
		try {
			Call call = this.current;
			this.scheduled = null;
			if (call != null && call.deadline - now() > 0) {
				schedule(call.deadline);
			}
			else if (call != null) {
				this.current = null;
				late = call;
			}
		}
		finally {
			this.lock.unlock();
		}
		if (late != null) {
			late.late.run();
		}
	}

	/**
	 * A call into user code.
	 */
	final class Call {

		private final long deadline;

		private final Runnable late;

		private Call(long deadline, Runnable late) {
			this.deadline = deadline;
			this.late = late;
		}

		/** Ends it; false if it took too long. */
		boolean end() {
			CallWatch.this.lock.lock();
			try {
				boolean inTime = CallWatch.this.current == this;
				if (inTime) {
					CallWatch.this.current = null;
				}
				return inTime;
			}
			finally {
				CallWatch.this.lock.unlock();
			}
		}

	}

}

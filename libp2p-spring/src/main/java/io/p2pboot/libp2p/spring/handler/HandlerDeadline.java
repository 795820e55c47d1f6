package io.p2pboot.libp2p.spring.handler;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamReset;

/**
 * Ends a call that takes too long: its stream is reset, and its thread interrupted.
 * Guarded by {@code lock}, so that no thread is interrupted that does something else.
 */
final class HandlerDeadline implements AutoCloseable {

	/** With which a stream is reset whose handler takes too long. */
	static final long RESET_CODE = 504;

	private enum State {

		/** The call runs; ends with either of the others. */
		RUNNING,

		/** It ended in time. */
		ENDED,

		/** It took too long. */
		PASSED

	}

	private final ReentrantLock lock = new ReentrantLock();

	private final Thread thread = Thread.currentThread();

	private final Stream stream;

	private final Duration timeout;

	/** True once the time is up, false if the call ended before: then nothing is kept. */
	private final CompletableFuture<Boolean> timer = new CompletableFuture<>();

	private State state = State.RUNNING;

	private HandlerDeadline(Stream stream, Duration timeout) {
		this.stream = stream;
		this.timeout = timeout;
	}

	/** Begins a call on the current thread. */
	static HandlerDeadline begin(Stream stream, Duration timeout) {
		HandlerDeadline deadline = new HandlerDeadline(stream, timeout);
		deadline.timer.completeOnTimeout(true, timeout.toNanos(), TimeUnit.NANOSECONDS).thenAccept(deadline::pass);
		return deadline;
	}

	private void pass(boolean timeUp) {
		if (!timeUp) {
			return;
		}
		this.lock.lock();
		try {
			if (this.state == State.RUNNING) {
				this.state = State.PASSED;
				this.stream.reset(RESET_CODE);
				this.thread.interrupt();
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	/** What a failure of the call is answered with. */
	Throwable answer(Throwable failure) {
		return isPassed()
				? StreamReset.local(RESET_CODE, "The handler took more than " + this.timeout).causedBy(failure)
				: failure;
	}

	private boolean isPassed() {
		this.lock.lock();
		try {
			return this.state == State.PASSED;
		}
		finally {
			this.lock.unlock();
		}
	}

	/** Ends the call, and takes back an interrupt of this deadline's own. */
	@Override
	public void close() {
		this.timer.complete(false);
		this.lock.lock();
		try {
			if (this.state == State.RUNNING) {
				this.state = State.ENDED;
			}
			else {
				Thread.interrupted();
			}
		}
		finally {
			this.lock.unlock();
		}
	}

}

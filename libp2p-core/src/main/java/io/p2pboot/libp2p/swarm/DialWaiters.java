package io.p2pboot.libp2p.swarm;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.ScheduledFuture;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.DialFailed;
import io.p2pboot.libp2p.netty.Futures;
import org.jspecify.annotations.Nullable;

/**
 * Who waits for one dial, each for a time of his own, and until when the dial goes on:
 * until the last of them gives up. Runs on one executor, as its {@link PeerDial}.
 */
final class DialWaiters {

	private final EventExecutor executor;

	private final Promise<SwarmConnection> result;

	private final BooleanSupplier succeedWithPresent;

	private final Function<DialFailed.Attempt, DialFailed> failure;

	private final long startNanos;

	private long deadlineNanos;

	private @Nullable ScheduledFuture<?> deadline;

	/** Whoever starts the dial is the first. */
	private int waiting = 1;

	/**
	 * Creates the waiters of a dial.
	 * @param executor where everything runs
	 * @param timeout how long the first one waits
	 * @param result the outcome, which this ends when time is up
	 * @param succeedWithPresent ends the outcome with a connection that came about
	 * otherwise, if there is one
	 * @param failure makes a failure of all attempts and a last one
	 */
	DialWaiters(EventExecutor executor, Duration timeout, Promise<SwarmConnection> result,
			BooleanSupplier succeedWithPresent, Function<DialFailed.Attempt, DialFailed> failure) {
		this.executor = executor;
		this.result = result;
		this.succeedWithPresent = succeedWithPresent;
		this.failure = failure;
		this.startNanos = executor.ticker().nanoTime();
		this.deadlineNanos = this.startNanos + TimeUnit.NANOSECONDS.convert(timeout);
	}

	/** How long the dial may still take. Any thread. */
	long nanosLeft() {
		return this.deadlineNanos - this.executor.ticker().nanoTime();
	}

	/** Begins to measure time. */
	void start() {
		schedule();
		this.result.addListener((done) -> {
			ScheduledFuture<?> running = this.deadline;
			if (running != null) {
				running.cancel(false);
			}
		});
	}

	private void schedule() {
		this.deadline = this.executor.schedule(this::expired, nanosLeft(), TimeUnit.NANOSECONDS);
	}

	private void expired() {
		if (nanosLeft() > 0) {
			schedule();
		}
		else if (!this.succeedWithPresent.getAsBoolean()) {
			this.result.tryFailure(late(Duration.ofNanos(this.deadlineNanos - this.startNanos)));
		}
	}

	/** Somebody joins the first one, and the dial has to go on at least as long. */
	void join(Duration timeout) {
		this.waiting++;
		long wanted = this.executor.ticker().nanoTime() + TimeUnit.NANOSECONDS.convert(timeout);
		this.deadlineNanos = (wanted - this.deadlineNanos > 0) ? wanted : this.deadlineNanos;
	}

	/**
	 * Tells somebody the outcome.
	 * @param timeout how long he waits
	 * @param waiter takes the outcome; cancelling it leaves the dial to the others, or
	 * cancels it if there are none
	 */
	void add(Duration timeout, Promise<Connection> waiter) {
		ScheduledFuture<?> limit = this.executor.schedule(() -> late(timeout, waiter),
				TimeUnit.NANOSECONDS.convert(timeout), TimeUnit.NANOSECONDS);
		waiter.addListener((done) -> {
			if (!this.executor.isShuttingDown()) {
				limit.cancel(false);
				Futures.execute(this.executor, this::left);
			}
		});
		this.result.addListener((done) -> {
			if (done.isSuccess()) {
				waiter.trySuccess(this.result.getNow());
			}
			else {
				waiter.tryFailure(done.isCancelled() ? late(timeout) : done.cause());
			}
		});
	}

	private void late(Duration timeout, Promise<Connection> waiter) {
		if (!this.succeedWithPresent.getAsBoolean()) {
			waiter.tryFailure(late(timeout));
		}
	}

	private void left() {
		this.waiting--;
		if (this.waiting == 0) {
			this.result.cancel(false);
		}
	}

	private DialFailed late(Duration timeout) {
		return this.failure.apply(new DialFailed.Attempt("deadline",
				new IOException("not connected within " + timeout.toMillis() + " ms")));
	}

}

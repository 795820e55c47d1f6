package io.p2pboot.libp2p.netty;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GenericFutureListener;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.Promise;
import io.p2pboot.libp2p.ConnectionLost;
import io.p2pboot.libp2p.Libp2pException;

/**
 * Waits for the asynchronous tier on a thread that may block, and hands over to it.
 * Netty's own waiting is in a monitor, which holds the carrier of a virtual thread on JDK
 * 21 to 23; this parks.
 */
public final class Futures {

	private Futures() {
	}

	/**
	 * Waits for a result. Blocks; never call it on an event loop.
	 * @param <T> the kind of result
	 * @param future what to wait for; cancelled if the thread is interrupted
	 * @param call what is waited for, for the message of an exception
	 * @return the result, also where an interrupt comes too late to cancel it
	 * @throws IOException if it failed: its cause as {@link #atCaller} has it where that
	 * is an {@link IOException}, else a {@link ConnectionLost}
	 * @throws InterruptedIOException if the thread was interrupted
	 */
	public static <T> T await(Future<T> future, String call) throws IOException {
		try {
			new Waiter(future).await(Long.MAX_VALUE);
		}
		catch (InterruptedException ex) {
			boolean late = !future.cancel(true) && future.isDone();
			Thread.currentThread().interrupt();
			if (!late) {
				throw new InterruptedIOException("Interrupted in " + call);
			}
		}
		if (future.isSuccess()) {
			return future.getNow();
		}
		if (future.cause() instanceof IOException io) {
			throw atCaller(io);
		}
		throw new ConnectionLost(call + " failed: " + future.cause().getMessage(), future.cause());
	}

	/**
	 * Returns an error of an event loop as the calling thread is to meet it: with its own
	 * stack, and the error as its cause.
	 * @param error the error
	 * @return an error of the same type, as far as its type is one of this library's or
	 * {@link IOException} itself; else the error as it is
	 */
	public static IOException atCaller(IOException error) {
		if (error instanceof Libp2pException named) {
			return named.atCaller();
		}
		return (error.getClass() == IOException.class) ? new IOException(error.getMessage(), error) : error;
	}

	/**
	 * Waits for an end, successful or not. Blocks; never call it on an event loop. An
	 * interrupt ends the wait and stays set.
	 * @param future what to wait for
	 * @param timeoutMillis how long, in milliseconds
	 * @return whether it has ended
	 */
	public static boolean awaitEnd(Future<?> future, long timeoutMillis) {
		try {
			return new Waiter(future).await(TimeUnit.MILLISECONDS.toNanos(timeoutMillis));
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return future.isDone();
		}
	}

	/**
	 * Returns the end of several things that may end on any threads. Does not block.
	 * @param futures what ends, successfully or not
	 * @return completes once all have ended, on the thread of the last; never fails
	 */
	public static Future<Void> allEnded(List<? extends Future<?>> futures) {
		Promise<Void> all = ImmediateEventExecutor.INSTANCE.newPromise();
		AtomicInteger left = new AtomicInteger(futures.size() + 1);
		GenericFutureListener<Future<Object>> ended = (done) -> {
			if (left.decrementAndGet() == 0) {
				all.trySuccess(null);
			}
		};
		for (Future<?> future : futures) {
			listen(future, ended);
		}
		if (left.decrementAndGet() == 0) {
			all.trySuccess(null);
		}
		return all;
	}

	@SuppressWarnings("unchecked")
	private static void listen(Future<?> future, GenericFutureListener<Future<Object>> listener) {
		((Future<Object>) future).addListener(listener);
	}

	/**
	 * Runs a task on an executor, unless that has ended: what is left to do when a node
	 * closes has nobody to do it for.
	 * @param executor the executor
	 * @param task the task
	 * @return whether it has taken the task
	 */
	public static boolean execute(EventExecutor executor, Runnable task) {
		try {
			executor.execute(task);
			return true;
		}
		catch (RejectedExecutionException ex) {
			if (!executor.isShuttingDown()) {
				throw ex;
			}
			return false;
		}
	}

	/**
	 * One thread that waits. Guarded by {@code lock}.
	 */
	private static final class Waiter {

		private final ReentrantLock lock = new ReentrantLock();

		private final Condition done = this.lock.newCondition();

		private final Future<?> future;

		Waiter(Future<?> future) {
			this.future = future;
		}

		/** Waits; false if the time was over before. */
		boolean await(long nanos) throws InterruptedException {
			if (Thread.interrupted()) {
				throw new InterruptedException();
			}
			if (!this.future.isDone()) {
				this.future.addListener((ended) -> signal());
			}
			long left = nanos;
			this.lock.lock();
			try {
				while (!this.future.isDone() && left > 0) {
					left = this.done.awaitNanos(left);
				}
				return this.future.isDone();
			}
			finally {
				this.lock.unlock();
			}
		}

		private void signal() {
			this.lock.lock();
			try {
				this.done.signalAll();
			}
			finally {
				this.lock.unlock();
			}
		}

	}

}

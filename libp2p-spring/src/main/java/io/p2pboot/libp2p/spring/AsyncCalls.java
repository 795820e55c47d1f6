package io.p2pboot.libp2p.spring;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

import org.springframework.core.task.TaskDecorator;
import org.springframework.scheduling.concurrent.CustomizableThreadFactory;

/**
 * Makes calls on threads of their own. Thread-safe.
 *
 * @param threads runs calls, and rejects what it has no thread for
 * @param decorator decorates each call on the thread that makes it
 */
record AsyncCalls(Executor threads, TaskDecorator decorator) {

	/** How many calls of all templates without threads of their own are made at once. */
	static final int MAX_AT_ONCE = 256;

	private static final int KEEP_ALIVE_SECONDS = 30;

	static final AsyncCalls SHARED = new AsyncCalls(pool(), (task) -> task);

	private static Executor pool() {
		CustomizableThreadFactory threads = new CustomizableThreadFactory("libp2p-call-");
		threads.setDaemon(true);
		return new ThreadPoolExecutor(0, MAX_AT_ONCE, KEEP_ALIVE_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>(),
				threads);
	}

	AsyncCalls on(Executor other) {
		return new AsyncCalls(other, this.decorator);
	}

	AsyncCalls decorated(TaskDecorator other) {
		return new AsyncCalls(this.threads, other);
	}

	/**
	 * Whoever completes the future ends the call: cancelling it, or a timeout that its
	 * owner gives it, interrupts the call, which resets its stream.
	 */
	<T> CompletableFuture<T> make(Callable<T> call) {
		CompletableFuture<T> future = new CompletableFuture<>();
		FutureTask<T> task = new FutureTask<>(call) {

			@Override
			protected void set(T result) {
				super.set(result);
				future.complete(result);
			}

			@Override
			protected void setException(Throwable failure) {
				super.setException(failure);
				future.completeExceptionally(failure);
			}

		};
		future.whenComplete((result, failure) -> task.cancel(true));
		try {
			Runnable decorated = this.decorator.decorate(task);
			this.threads.execute(() -> run(decorated, future));
		}
		catch (RejectedExecutionException ex) {
			future.completeExceptionally(
					new RejectedExecutionException("As many asynchronous calls are made as there are threads for", ex));
		}
		catch (RuntimeException ex) {
			future.completeExceptionally(ex);
		}
		return future;
	}

	/** A decorator that fails may not have run the call, whose future would never end. */
	private static void run(Runnable decorated, CompletableFuture<?> future) {
		try {
			decorated.run();
		}
		catch (Throwable ex) {
			future.completeExceptionally(ex);
			throw ex;
		}
	}

}

package io.p2pboot.libp2p.interop.peer;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

import io.netty.util.concurrent.DefaultThreadFactory;

/**
 * The threads of one peer: those that run requests and handlers, and the one that ends
 * what takes too long. Thread-safe.
 */
final class Tasks implements AutoCloseable {

	private final ExecutorService threads = executor();

	private final ScheduledExecutorService watch = Executors
		.newSingleThreadScheduledExecutor(new DefaultThreadFactory("peer-watch", true));

	/** Virtual threads, which users have from 21 on; bytecode is 17's. */
	private static ExecutorService executor() {
		try {
			return (ExecutorService) Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
		}
		catch (NoSuchMethodException ex) {
			return Executors.newCachedThreadPool(new DefaultThreadFactory("peer-task", true));
		}
		catch (ReflectiveOperationException ex) {
			throw new IllegalStateException(ex);
		}
	}

	ExecutorService threads() {
		return this.threads;
	}

	ScheduledExecutorService clock() {
		return this.watch;
	}

	/** Runs a task that is interrupted when its time ends. */
	void run(long timeoutMillis, Runnable task) {
		Future<?> running = this.threads.submit(task);
		ScheduledFuture<?> end = this.watch.schedule(() -> running.cancel(true), timeoutMillis, TimeUnit.MILLISECONDS);
		if (running.isDone()) {
			end.cancel(false);
		}
	}

	/** Runs a task so many times at once, waits for all and throws the first failure. */
	void concurrently(int times, Callable<?> task) throws Exception {
		List<Future<?>> running = new ArrayList<>();
		for (int i = 0; i < times; i++) {
			running.add(this.threads.submit(task));
		}
		try {
			for (Future<?> each : running) {
				each.get();
			}
		}
		finally {
			running.forEach((each) -> each.cancel(true));
		}
	}

	@Override
	public void close() {
		this.threads.shutdownNow();
		this.watch.shutdownNow();
	}

}

package io.p2pboot.libp2p.node;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

import io.netty.util.concurrent.DefaultThreadFactory;
import io.p2pboot.libp2p.blocking.SharedThreads;
import org.jspecify.annotations.Nullable;

/**
 * The threads on which user code runs: virtual ones on Java 21 and newer, else bounded
 * pools.
 *
 * @param handlers runs stream handlers; rejects what is beyond the bound
 * @param shared the same, with the bound shared by the peers that are served
 * @param events runs connection listeners; queues what is beyond the bound
 * @param routings asks routings, apart from all else, since one may hang and not heed its
 * interrupt; rejects what is beyond the bound
 */
record HandlerThreads(ExecutorService handlers, Executor shared, ExecutorService events, ExecutorService routings) {

	/** How many handlers run at once without virtual threads; one more is refused. */
	static final int MAX_PLATFORM_THREADS = 256;

	/** How many connection listeners run at once without virtual threads. */
	static final int MAX_EVENT_THREADS = 8;

	/** How many routings are asked at once without virtual threads. */
	static final int MAX_ROUTING_THREADS = 64;

	static HandlerThreads create() {
		ExecutorService handlers = rejecting(MAX_PLATFORM_THREADS, "libp2p-handler");
		Executor shared = (handlers instanceof ThreadPoolExecutor) ? new SharedThreads(handlers, MAX_PLATFORM_THREADS)
				: handlers;
		return new HandlerThreads(handlers, shared, queueing(), rejecting(MAX_ROUTING_THREADS, "libp2p-routing"));
	}

	private static ExecutorService rejecting(int threads, String name) {
		ExecutorService virtual = virtualThreads();
		return (virtual != null) ? virtual
				: new ThreadPoolExecutor(0, threads, 30, TimeUnit.SECONDS, new SynchronousQueue<>(), named(name));
	}

	private static ExecutorService queueing() {
		ExecutorService virtual = virtualThreads();
		if (virtual != null) {
			return virtual;
		}
		ThreadPoolExecutor pool = new ThreadPoolExecutor(MAX_EVENT_THREADS, MAX_EVENT_THREADS, 30, TimeUnit.SECONDS,
				new LinkedBlockingQueue<>(), named("libp2p-events"));
		pool.allowCoreThreadTimeOut(true);
		return pool;
	}

	/** Ends the threads; what still asks a routing is interrupted. */
	void end() {
		this.handlers.shutdown();
		this.events.shutdown();
		this.routings.shutdownNow();
	}

	private static ThreadFactory named(String name) {
		return new DefaultThreadFactory(name, true);
	}

	/** Bytecode is Java 17's, so the method of 21 is looked up. */
	private static @Nullable ExecutorService virtualThreads() {
		try {
			return (ExecutorService) MethodHandles.publicLookup()
				.findStatic(Executors.class, "newVirtualThreadPerTaskExecutor",
						MethodType.methodType(ExecutorService.class))
				.invoke();
		}
		catch (NoSuchMethodException | IllegalAccessException ex) {
			return null;
		}
		catch (Throwable ex) {
			throw new IllegalStateException("Virtual threads could not be started", ex);
		}
	}

}

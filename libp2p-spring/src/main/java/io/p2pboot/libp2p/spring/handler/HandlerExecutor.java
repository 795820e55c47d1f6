package io.p2pboot.libp2p.spring.handler;

import java.util.concurrent.Executor;

import io.p2pboot.libp2p.blocking.SharedThreads;

import org.springframework.core.task.SimpleAsyncTaskExecutor;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;

/**
 * The threads on which handlers run: at most a number of them at once, and one more is
 * rejected. Peers share the threads of a {@link io.p2pboot.libp2p.StreamExecutor}; of
 * another executor one peer can take all. Not an {@link Executor} bean, so that it does
 * not stand in for the application's. Closing it interrupts what still runs.
 *
 * @param executor rejects what it has no thread for
 * @param closing ends the threads
 */
public record HandlerExecutor(Executor executor, Runnable closing) implements AutoCloseable {

	/** How many handlers run at once where nothing else is said. */
	public static final int DEFAULT_MAX_CONCURRENT = 256;

	/** With what the name of each thread begins. */
	public static final String THREAD_NAME_PREFIX = "libp2p-handler-";

	private static final int KEEP_ALIVE_SECONDS = 30;

	/**
	 * Creates virtual threads that peers share.
	 * @param maxConcurrent how many handlers run at once, positive
	 * @return the threads; to be closed
	 * @throws UnsupportedOperationException before Java 21
	 */
	public static HandlerExecutor virtual(int maxConcurrent) {
		SimpleAsyncTaskExecutor executor = new SimpleAsyncTaskExecutor(THREAD_NAME_PREFIX);
		executor.setVirtualThreads(true);
		executor.setConcurrencyLimit(maxConcurrent);
		executor.setRejectTasksWhenLimitReached(true);
		executor.setTaskTerminationTimeout(0);
		executor.setCancelRemainingTasksOnClose(true);
		return new HandlerExecutor(new SharedThreads(executor, maxConcurrent), executor::close);
	}

	/**
	 * Creates a pool of daemon threads that peers share. A thread without work ends after
	 * 30 seconds.
	 * @param maxConcurrent how many handlers run at once, positive
	 * @return the threads; to be closed
	 */
	public static HandlerExecutor platform(int maxConcurrent) {
		ThreadPoolTaskExecutor executor = new ThreadPoolTaskExecutor();
		executor.setThreadNamePrefix(THREAD_NAME_PREFIX);
		executor.setDaemon(true);
		executor.setCorePoolSize(0);
		executor.setMaxPoolSize(maxConcurrent);
		executor.setQueueCapacity(0);
		executor.setKeepAliveSeconds(KEEP_ALIVE_SECONDS);
		executor.initialize();
		return new HandlerExecutor(new SharedThreads(executor, maxConcurrent), executor::shutdown);
	}

	@Override
	public void close() {
		this.closing.run();
	}

}

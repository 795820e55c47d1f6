package io.p2pboot.libp2p.autoconfigure;

import io.p2pboot.libp2p.blocking.SharedThreads;
import io.p2pboot.libp2p.spring.handler.HandlerExecutor;

import org.springframework.core.task.SimpleAsyncTaskExecutor;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;

/**
 * Makes the threads of handlers, which peers share. Stateless.
 */
final class HandlerExecutors {

	static final String THREAD_NAME_PREFIX = "libp2p-handler-";

	private static final int KEEP_ALIVE_SECONDS = 30;

	private HandlerExecutors() {
	}

	static HandlerExecutor virtual(int maxConcurrent) {
		SimpleAsyncTaskExecutor executor = new SimpleAsyncTaskExecutor(THREAD_NAME_PREFIX);
		executor.setVirtualThreads(true);
		executor.setConcurrencyLimit(maxConcurrent);
		executor.setRejectTasksWhenLimitReached(true);
		executor.setTaskTerminationTimeout(0);
		executor.setCancelRemainingTasksOnClose(true);
		return new HandlerExecutor(new SharedThreads(executor, maxConcurrent), executor::close);
	}

	static HandlerExecutor platform(int maxConcurrent) {
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

}

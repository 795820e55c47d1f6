package io.p2pboot.libp2p.spring.topic;

/**
 * Makes the threads of topic listeners: one for each topic and unit of concurrency, for
 * as long as the listener runs.
 */
@FunctionalInterface
public interface ListenerThreads {

	/**
	 * Starts a thread.
	 * @param name its name
	 * @param task what it runs
	 * @return the running thread
	 */
	Thread start(String name, Runnable task);

}

package io.p2pboot.libp2p.autoconfigure;

import java.util.concurrent.ThreadFactory;

import io.p2pboot.libp2p.spring.topic.ListenerThreads;

import org.springframework.core.task.VirtualThreadTaskExecutor;

/**
 * Makes the threads of topic listeners. Stateless.
 */
final class ListenerThreadFactories {

	private ListenerThreadFactories() {
	}

	static ListenerThreads virtual() {
		ThreadFactory factory = new VirtualThreadTaskExecutor().getVirtualThreadFactory();
		return (name, task) -> start(factory.newThread(task), name);
	}

	static ListenerThreads platform() {
		return (name, task) -> {
			Thread thread = new Thread(task);
			thread.setDaemon(true);
			return start(thread, name);
		};
	}

	private static Thread start(Thread thread, String name) {
		thread.setName(name);
		thread.start();
		return thread;
	}

}

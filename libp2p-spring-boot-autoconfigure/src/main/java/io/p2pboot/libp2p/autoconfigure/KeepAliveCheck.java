package io.p2pboot.libp2p.autoconfigure;

import java.util.Collection;
import java.util.function.IntSupplier;
import java.util.function.Supplier;

import io.p2pboot.libp2p.Node;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.ApplicationListener;

/**
 * Warns when an application has started, is meant to stay up for its peers, and has no
 * thread that keeps it running. Called by the thread that runs the application.
 *
 * @param node the node
 * @param bootstraps whether the node connects to peers by itself
 * @param handlers how many handlers are mounted, and topics listened to
 * @param threads the threads of this process
 */
record KeepAliveCheck(Node node, boolean bootstraps, IntSupplier handlers,
		Supplier<Collection<Thread>> threads) implements ApplicationListener<ApplicationReadyEvent> {

	private static final Logger logger = LoggerFactory.getLogger(KeepAliveCheck.class);

	/** Waits, once the main method has returned, until all other threads have ended. */
	private static final String END_OF_MAIN = "DestroyJavaVM";

	@Override
	public void onApplicationEvent(ApplicationReadyEvent event) {
		boolean serves = this.bootstraps || this.handlers.getAsInt() > 0;
		boolean dialsOnly = this.node.isRunning() && this.node.listenAddresses().isEmpty();
		if (serves && dialsOnly && this.threads.get().stream().noneMatch(KeepAliveCheck::keepsRunning)) {
			logger.warn("Nothing keeps this application running: the libp2p node only dials, and there is no web "
					+ "server. It ends when its main method returns; to keep it up set libp2p.listen, or "
					+ "spring.main.keep-alive=true");
		}
	}

	static Collection<Thread> liveThreads() {
		return Thread.getAllStackTraces().keySet();
	}

	/** The current thread is the one that is about to return. */
	private static boolean keepsRunning(Thread thread) {
		return !thread.isDaemon() && thread != Thread.currentThread() && !thread.getName().equals(END_OF_MAIN);
	}

}

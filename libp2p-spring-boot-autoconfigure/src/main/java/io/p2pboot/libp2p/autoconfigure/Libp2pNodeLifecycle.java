package io.p2pboot.libp2p.autoconfigure;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;

import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.spring.NodeStartedEvent;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.SmartLifecycle;

/**
 * Starts the node after everything else of the application, and stops it when its
 * handlers and the web server have been drained. Called by the context's thread; the
 * state is the node's.
 */
final class Libp2pNodeLifecycle implements SmartLifecycle {

	/** Below the graceful shutdowns, of the web server's and of ours. */
	static final int PHASE = Integer.MAX_VALUE - 3072;

	private static final Logger logger = LoggerFactory.getLogger(Libp2pNodeLifecycle.class);

	private final Node node;

	private final Bootstrap bootstrap;

	private final boolean autoStartup;

	private final ApplicationEventPublisher events;

	private volatile @Nullable Throwable startFailure;

	private @Nullable CountDownLatch stopped;

	Libp2pNodeLifecycle(Node node, Bootstrap bootstrap, boolean autoStartup, ApplicationEventPublisher events) {
		this.node = node;
		this.bootstrap = bootstrap;
		this.autoStartup = autoStartup;
		this.events = events;
	}

	@Override
	public void start() {
		if (this.node.isRunning()) {
			return;
		}
		this.startFailure = null;
		try {
			this.node.start();
			this.bootstrap.start();
		}
		catch (IOException | RuntimeException ex) {
			this.startFailure = ex;
			this.node.stop();
			throw new NodeStartException("The libp2p node could not be started: " + ex.getMessage(), ex);
		}
		if (!this.node.listenAddresses().isEmpty()) {
			keepAlive();
		}
		logger.info("Node {} listens on {}", this.node.peerId(), this.node.listenAddresses());
		this.events.publishEvent(new NodeStartedEvent(this.node));
	}

	/** A process that serves lives on when its main thread ends. */
	private void keepAlive() {
		CountDownLatch latch = new CountDownLatch(1);
		Thread thread = new Thread(() -> {
			try {
				latch.await();
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		}, "libp2p-keep-alive");
		thread.setDaemon(false);
		thread.start();
		this.stopped = latch;
	}

	@Override
	public void stop() {
		this.bootstrap.stop();
		this.node.stop();
		if (this.stopped != null) {
			this.stopped.countDown();
			this.stopped = null;
		}
	}

	@Override
	public boolean isRunning() {
		return this.node.isRunning();
	}

	@Override
	public boolean isAutoStartup() {
		return this.autoStartup;
	}

	@Override
	public boolean isPauseable() {
		return false;
	}

	@Override
	public int getPhase() {
		return PHASE;
	}

	/** Why the last start failed; null if it did not. */
	@Nullable Throwable startFailure() {
		return this.startFailure;
	}

}

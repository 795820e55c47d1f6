package io.p2pboot.libp2p.autoconfigure;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.IntSupplier;

import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.multiformats.Multiaddr;
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

	private final IntSupplier handlers;

	private volatile @Nullable Throwable startFailure;

	private volatile int listeners;

	private @Nullable CountDownLatch stopped;

	Libp2pNodeLifecycle(Node node, Bootstrap bootstrap, boolean autoStartup, ApplicationEventPublisher events,
			IntSupplier handlers) {
		this.node = node;
		this.bootstrap = bootstrap;
		this.autoStartup = autoStartup;
		this.events = events;
		this.handlers = handlers;
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
		List<Multiaddr> bound = this.node.listenAddresses();
		this.listeners = bound.size();
		if (!bound.isEmpty()) {
			keepAlive();
		}
		log(bound);
		this.events.publishEvent(new NodeStartedEvent(this.node));
	}

	private void log(List<Multiaddr> bound) {
		if (!bound.isEmpty()) {
			logger.info("Node {} listens on {}", this.node.peerId(), bound);
			return;
		}
		logger.info("Node {} only dials", this.node.peerId());
		int mounted = this.handlers.getAsInt();
		if (mounted > 0) {
			logger.warn(
					"Node {} has {} and listens nowhere: only peers that it dials can reach them; "
							+ "set libp2p.listen, for example to /ip4/0.0.0.0/tcp/4001",
					this.node.peerId(), (mounted == 1) ? "1 handler" : mounted + " handlers");
		}
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

	/** How many listeners the last start bound. */
	int listeners() {
		return this.listeners;
	}

	/** Why the last start failed; null if it did not. */
	@Nullable Throwable startFailure() {
		return this.startFailure;
	}

}

package io.p2pboot.libp2p.autoconfigure;

import java.time.Duration;

import io.p2pboot.libp2p.Node;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.context.SmartLifecycle;

/**
 * Drains the node's handlers while the web server drains its requests. Called by the
 * context's thread; drains on one of its own.
 */
final class Libp2pGracefulShutdownLifecycle implements SmartLifecycle {

	/** That of the web server's graceful shutdown. */
	static final int PHASE = Integer.MAX_VALUE - 1024;

	private static final Logger logger = LoggerFactory.getLogger(Libp2pGracefulShutdownLifecycle.class);

	private final Node node;

	private final Duration gracePeriod;

	private final Duration phaseTimeout;

	private volatile boolean running;

	/**
	 * Creates it.
	 * @param node the node
	 * @param gracePeriod how long handlers may take to end
	 * @param phaseTimeout how long the context waits for it
	 */
	Libp2pGracefulShutdownLifecycle(Node node, Duration gracePeriod, Duration phaseTimeout) {
		this.node = node;
		this.gracePeriod = gracePeriod;
		this.phaseTimeout = phaseTimeout;
	}

	@Override
	public void start() {
		if (this.gracePeriod.compareTo(this.phaseTimeout) > 0) {
			logger.warn("libp2p.shutdown.grace-period is {}, but spring.lifecycle.timeout-per-shutdown-phase is {}: "
					+ "handlers have no longer than that to end", this.gracePeriod, this.phaseTimeout);
		}
		this.running = true;
	}

	@Override
	public void stop() {
		throw new UnsupportedOperationException("Stop must be given a callback");
	}

	@Override
	public void stop(Runnable callback) {
		this.running = false;
		if (!this.node.isRunning()) {
			callback.run();
			return;
		}
		new Thread(() -> drain(callback), "libp2p-shutdown").start();
	}

	private void drain(Runnable callback) {
		try {
			if (this.node.drain(this.gracePeriod)) {
				logger.info("The libp2p handlers have ended");
			}
			else {
				logger.info("Some libp2p handlers were still active after {}; their streams were reset",
						this.gracePeriod);
			}
		}
		finally {
			callback.run();
		}
	}

	@Override
	public boolean isRunning() {
		return this.running;
	}

	@Override
	public boolean isPauseable() {
		return false;
	}

	@Override
	public int getPhase() {
		return PHASE;
	}

}

package io.p2pboot.libp2p.autoconfigure;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Node;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.scheduling.concurrent.CustomizableThreadFactory;

/**
 * Connects to the bootstrap peers, and again whenever one is lost, on one daemon thread.
 * Used by the lifecycle only.
 */
final class Bootstrap {

	static final String NONE_CONNECTED = "None of the bootstrap peers could be connected";

	static final Duration FIRST_PAUSE = Duration.ofSeconds(1);

	static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);

	private static final Logger logger = LoggerFactory.getLogger(Bootstrap.class);

	private final Node node;

	private final List<AddrInfo> peers;

	private final boolean failFast;

	private @Nullable ScheduledThreadPoolExecutor thread;

	Bootstrap(Node node, List<AddrInfo> peers, boolean failFast) {
		this.node = node;
		this.peers = peers.stream().filter((peer) -> !peer.id().equals(node.peerId())).toList();
		this.failFast = failFast;
	}

	void start() throws IOException {
		if (this.peers.isEmpty()) {
			return;
		}
		if (this.failFast) {
			connectToOne();
		}
		ScheduledThreadPoolExecutor thread = new ScheduledThreadPoolExecutor(1, daemon());
		thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
		thread.execute(() -> round(thread, FIRST_PAUSE));
		this.thread = thread;
	}

	void stop() {
		ScheduledThreadPoolExecutor thread = this.thread;
		if (thread != null) {
			thread.shutdownNow();
			this.thread = null;
		}
	}

	private void connectToOne() throws IOException {
		IOException failure = new IOException(NONE_CONNECTED);
		for (AddrInfo peer : this.peers) {
			try {
				this.node.connect(peer);
				return;
			}
			catch (IOException ex) {
				failure.addSuppressed(ex);
			}
		}
		throw failure;
	}

	/** Connects to whom we are not connected; pauses longer while some stay away. */
	private void round(ScheduledThreadPoolExecutor thread, Duration pause) {
		boolean all = true;
		for (AddrInfo peer : this.peers) {
			if (this.node.connection(peer.id()).isEmpty()) {
				all &= connect(peer);
			}
			if (Thread.currentThread().isInterrupted() || !this.node.isRunning()) {
				return;
			}
		}
		Duration doubled = pause.multipliedBy(2);
		Duration next = all ? FIRST_PAUSE : (doubled.compareTo(LONGEST_PAUSE) < 0) ? doubled : LONGEST_PAUSE;
		if (!thread.isShutdown()) {
			thread.schedule(() -> round(thread, next), (all ? LONGEST_PAUSE : pause).toMillis(), TimeUnit.MILLISECONDS);
		}
	}

	private boolean connect(AddrInfo peer) {
		try {
			this.node.connect(peer);
			logger.info("Connected to bootstrap peer {}", peer.id());
			return true;
		}
		catch (IOException ex) {
			logger.info("Bootstrap peer not connected, will be tried again: {}", ex.getMessage());
		}
		catch (IllegalStateException ex) {
			logger.debug("The node stopped while it bootstrapped", ex);
		}
		return false;
	}

	private static CustomizableThreadFactory daemon() {
		CustomizableThreadFactory factory = new CustomizableThreadFactory("libp2p-bootstrap-");
		factory.setDaemon(true);
		return factory;
	}

}

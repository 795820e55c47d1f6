package io.p2pboot.libp2p.autoconfigure;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.ConnectionListener;
import io.p2pboot.libp2p.Node;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.scheduling.concurrent.CustomizableThreadFactory;

/**
 * Connects to the peers that are known from before, then to the bootstrap peers, on one
 * daemon thread; again when a bootstrap peer is lost, or when fewer peers are connected
 * than wanted. Used by the lifecycle only.
 */
final class Bootstrap {

	static final String NONE_CONNECTED = "None of the bootstrap peers could be connected";

	static final Duration FIRST_PAUSE = Duration.ofSeconds(1);

	static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);

	private static final Logger logger = LoggerFactory.getLogger(Bootstrap.class);

	private final Node node;

	private final List<AddrInfo> peers;

	private final KnownPeers known;

	private final int minConnected;

	private final boolean failFast;

	private @Nullable Rounds rounds;

	Bootstrap(Node node, List<AddrInfo> peers, int minConnected, boolean failFast) {
		this.node = node;
		this.peers = peers.stream().filter((peer) -> !peer.id().equals(node.peerId())).toList();
		this.known = new KnownPeers(node);
		this.minConnected = minConnected;
		this.failFast = failFast;
	}

	void start() throws IOException {
		if (this.peers.isEmpty() && this.minConnected == 0 && !this.known.areThere()) {
			return;
		}
		if (this.failFast && !this.peers.isEmpty()) {
			connectToOne();
		}
		this.rounds = new Rounds();
	}

	void stop() {
		Rounds running = this.rounds;
		if (running != null) {
			running.stop();
			this.rounds = null;
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

	private boolean isEnough() {
		return this.node.connections().stream().map(Connection::remotePeer).distinct().count() >= this.minConnected;
	}

	private boolean connect(AddrInfo peer) {
		if (this.node.connection(peer.id()).isPresent()) {
			return true;
		}
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

	/** What goes on from a start to the stop after it. */
	private final class Rounds implements ConnectionListener {

		private final ScheduledThreadPoolExecutor thread = new ScheduledThreadPoolExecutor(1, daemon(),
				new ThreadPoolExecutor.DiscardPolicy());

		private final Node.Subscription subscription;

		/** Whether the last round found all that is wanted; this thread only. */
		private boolean complete;

		private @Nullable ScheduledFuture<?> next;

		Rounds() {
			this.thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
			this.thread.execute(() -> round(true, FIRST_PAUSE));
			this.subscription = Bootstrap.this.node.addConnectionListener(this);
		}

		private CustomizableThreadFactory daemon() {
			CustomizableThreadFactory factory = new CustomizableThreadFactory("libp2p-bootstrap-");
			factory.setDaemon(true);
			return factory;
		}

		/** Pauses longer while something is wanting. */
		private void round(boolean first, Duration pause) {
			try {
				if (first || !isEnough()) {
					Bootstrap.this.known.connect();
				}
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
			catch (IllegalStateException ex) {
				logger.debug("The node stopped while it bootstrapped", ex);
			}
			boolean all = true;
			for (AddrInfo peer : Bootstrap.this.peers) {
				if (Thread.currentThread().isInterrupted() || !Bootstrap.this.node.isRunning()) {
					return;
				}
				all &= connect(peer);
			}
			this.complete = all && isEnough();
			Duration doubled = pause.multipliedBy(2);
			Duration longer = (doubled.compareTo(LONGEST_PAUSE) < 0) ? doubled : LONGEST_PAUSE;
			schedule(this.complete ? LONGEST_PAUSE : pause, this.complete ? FIRST_PAUSE : longer);
		}

		private void schedule(Duration delay, Duration pause) {
			this.next = this.thread.schedule(() -> round(false, pause), delay.toMillis(), TimeUnit.MILLISECONDS);
		}

		@Override
		public void disconnected(Connection connection) {
			boolean ours = Bootstrap.this.peers.stream().anyMatch((peer) -> peer.id().equals(connection.remotePeer()));
			if (ours || !isEnough()) {
				this.thread.execute(this::lost);
			}
		}

		/** Nobody waits for the check of every minute when it is known to fail. */
		private void lost() {
			ScheduledFuture<?> later = this.next;
			if (this.complete && later != null && later.cancel(false)) {
				this.complete = false;
				schedule(FIRST_PAUSE, FIRST_PAUSE);
			}
		}

		void stop() {
			this.subscription.close();
			this.thread.shutdownNow();
		}

	}

}

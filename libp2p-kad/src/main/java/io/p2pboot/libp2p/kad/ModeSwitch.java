package io.p2pboot.libp2p.kad;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.eventlog.EventLog;
import io.p2pboot.libp2p.multiformats.AddressScope;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.multiformats.MultiaddrProtocol;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether the node serves. A server that cannot be reached costs everybody a
 * dial, so that in doubt it is none. Thread-safe; guarded by {@link #lock}.
 */
final class ModeSwitch {

	/** How often the decision is looked at again. */
	static final Duration INTERVAL = Duration.ofSeconds(30);

	/** For how long an inbound connection proves that we can be reached. */
	static final Duration PROOF = Duration.ofHours(1);

	private final ReentrantLock lock = new ReentrantLock();

	private final Node node;

	private final LongSupplier nanoTime;

	private final Consumer<Boolean> serve;

	private final EventLog log;

	private Kademlia.Mode mode;

	private boolean server;

	private boolean told;

	private boolean closed;

	private @Nullable Long reachedNanos;

	/**
	 * Creates a switch that is off.
	 * @param node whose reachability decides
	 * @param mode what was configured
	 * @param nanoTime a monotonic clock
	 * @param serve begins or ends serving
	 * @param log takes a line when the decision changes
	 */
	ModeSwitch(Node node, Kademlia.Mode mode, LongSupplier nanoTime, Consumer<Boolean> serve, EventLog log) {
		this.node = node;
		this.mode = mode;
		this.nanoTime = nanoTime;
		this.serve = serve;
		this.log = log;
	}

	void connected(Connection connection) {
		if (connection.direction() == Direction.INBOUND
				&& AddressScope.of(connection.remoteAddress()) == AddressScope.INTERNET) {
			this.lock.lock();
			try {
				this.reachedNanos = this.nanoTime.getAsLong();
			}
			finally {
				this.lock.unlock();
			}
			evaluate();
		}
	}

	void mode(Kademlia.Mode changed) {
		this.lock.lock();
		try {
			this.mode = changed;
		}
		finally {
			this.lock.unlock();
		}
		evaluate();
	}

	/** Decides anew. */
	void evaluate() {
		this.lock.lock();
		try {
			boolean wanted = !this.closed && switch (this.mode) {
				case CLIENT -> false;
				case SERVER, AUTO_SERVER -> true;
				case AUTO -> reason().isPresent();
			};
			if (this.mode == Kademlia.Mode.AUTO && !this.closed && (wanted != this.server || !this.told)) {
				this.told = true;
				this.log.info("kad.mode", "Kademlia is a {}: {}. Set its mode to change that.",
						wanted ? "server" : "client",
						reason().orElse("no public address of this node is known to be reachable"));
			}
			if (wanted != this.server) {
				this.serve.accept(wanted);
				this.server = wanted;
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	/** Why this node may serve; empty if it may not. */
	private Optional<String> reason() {
		List<Multiaddr> observed = this.node.observedAddresses();
		List<Multiaddr> open = this.node.addrInfo()
			.addresses()
			.stream()
			.filter((address) -> AddressScope.of(address) == AddressScope.INTERNET
					&& !address.has(MultiaddrProtocol.P2P_CIRCUIT))
			.toList();
		Optional<Multiaddr> own = open.stream().filter((address) -> !observed.contains(address)).findFirst();
		if (own.isPresent()) {
			return Optional.of(own.get() + " is a public address of this node");
		}
		Long reached = this.reachedNanos;
		boolean proven = reached != null && this.nanoTime.getAsLong() - reached <= PROOF.toNanos();
		return open.stream()
			.filter((address) -> proven)
			.findFirst()
			.map((address) -> address + " was confirmed by several networks, and a peer has connected from outside");
	}

	boolean isServer() {
		this.lock.lock();
		try {
			return this.server;
		}
		finally {
			this.lock.unlock();
		}
	}

	void close() {
		this.lock.lock();
		try {
			this.closed = true;
		}
		finally {
			this.lock.unlock();
		}
		evaluate();
	}

}

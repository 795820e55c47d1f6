package io.p2pboot.libp2p.resource;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

import io.p2pboot.libp2p.ConnectionBlocked;
import io.p2pboot.libp2p.ConnectionGater;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.LimitExceeded;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.ResourceUsage;
import io.p2pboot.libp2p.multiformats.Multiaddr;

/**
 * Says for a whole node what its connections may use, and knows what they do use. Each
 * connection has a {@link ConnectionScope}, whichever transport carries it. Thread-safe;
 * no method blocks for longer than it takes to count. Connections are counted under one
 * lock, streams and bytes without.
 */
public final class ResourceManager {

	/** The name of the limit on all connections. */
	public static final String CONNECTIONS = "connections";

	/** The name of the limit on the connections of a peer. */
	public static final String CONNECTIONS_PER_PEER = "connections per peer";

	/** The name of the limit on inbound handshakes. */
	public static final String INBOUND_UPGRADING = "inbound connections being upgraded";

	/** The name of the limit on the streams that a peer may open on a connection. */
	public static final String INBOUND_STREAMS = "inbound streams of a connection";

	private final ConnectionLimits limits;

	private final ConnectionGater gater;

	private final UnreadMemory memory;

	private final Consumer<LimitExceeded> refusals;

	private final ReentrantLock lock = new ReentrantLock();

	private final DirectionCount handshakes = new DirectionCount();

	private final DirectionCount connections = new DirectionCount();

	private final Map<PeerId, Integer> ofPeers = new HashMap<>();

	private final DirectionCount streams = new DirectionCount();

	private final AtomicLong bytes = new AtomicLong();

	/**
	 * Creates the resources of a node.
	 * @param limits the limits
	 * @param gater says who may connect at all
	 * @param memory what unread bytes are counted against
	 * @param refusals is told each refusal, on the thread of whoever asked; must not
	 * block
	 */
	public ResourceManager(ConnectionLimits limits, ConnectionGater gater, UnreadMemory memory,
			Consumer<LimitExceeded> refusals) {
		this.limits = limits;
		this.gater = gater;
		this.memory = memory;
		this.refusals = refusals;
	}

	/**
	 * Creates the resources of a node whose unread bytes count against those of the
	 * process.
	 * @param limits the limits
	 * @return the resources
	 */
	public static ResourceManager of(ConnectionLimits limits) {
		return new ResourceManager(limits, ConnectionGater.ALL, UnreadMemory.ofProcess(), (refusal) -> {
		});
	}

	/**
	 * Opens the scope of a connection, before its handshake. Whoever opens it closes it
	 * when the connection ends, also where the handshake fails.
	 * @param direction who opened the connection
	 * @param local our end's address
	 * @param remote the other end's address
	 * @return the scope
	 * @throws LimitExceeded if it is one inbound connection, or one inbound handshake,
	 * too many
	 * @throws ConnectionBlocked if it is inbound and a gater does not allow it
	 */
	public ConnectionScope open(Direction direction, Multiaddr local, Multiaddr remote)
			throws LimitExceeded, ConnectionBlocked {
		if (direction == Direction.INBOUND && !this.gater.allowAccept(local, remote)) {
			throw new ConnectionBlocked("connections from " + remote);
		}
		this.lock.lock();
		try {
			if (direction == Direction.INBOUND) {
				check(CONNECTIONS, this.connections.both(), this.limits.connections());
				check(INBOUND_UPGRADING, this.handshakes.of(direction), this.limits.inboundUpgrading());
			}
			this.handshakes.add(direction, 1);
			return new OpenScope(this, direction, local, remote);
		}
		finally {
			this.lock.unlock();
		}
	}

	private void check(String limit, long used, long maximum) throws LimitExceeded {
		if (used >= maximum) {
			throw refused(limit, maximum);
		}
	}

	private LimitExceeded refused(String limit, long maximum) {
		LimitExceeded refusal = new LimitExceeded(limit, maximum + 1, maximum);
		this.refusals.accept(refusal);
		return refusal;
	}

	/**
	 * Returns what is in use.
	 * @return a snapshot
	 */
	public ResourceUsage usage() {
		this.lock.lock();
		try {
			return new ResourceUsage(this.handshakes.of(Direction.INBOUND), this.handshakes.of(Direction.OUTBOUND),
					this.connections.of(Direction.INBOUND), this.connections.of(Direction.OUTBOUND),
					this.ofPeers.size(), this.streams.of(Direction.INBOUND), this.streams.of(Direction.OUTBOUND),
					this.bytes.get());
		}
		finally {
			this.lock.unlock();
		}
	}

	// What the scopes ask.

	/** Not under the lock: a gater is the user's code. */
	void askFor(OpenScope scope, PeerId peer) throws ConnectionBlocked {
		if (!this.gater.allowSecured(scope.direction(), peer, scope.remote())) {
			throw new ConnectionBlocked("the peer " + peer + " at " + scope.remote());
		}
	}

	void secured(OpenScope scope, PeerId peer) throws LimitExceeded {
		this.lock.lock();
		try {
			if (scope.peer().isPresent()) {
				throw new IllegalStateException("The connection is secured already: " + scope);
			}
			check(CONNECTIONS, this.connections.both(), this.limits.connections());
			check(CONNECTIONS_PER_PEER, this.ofPeers.getOrDefault(peer, 0), this.limits.connectionsPerPeer());
			if (scope.hasEnded()) {
				return;
			}
			this.handshakes.add(scope.direction(), -1);
			this.connections.add(scope.direction(), 1);
			this.ofPeers.merge(peer, 1, Integer::sum);
			scope.peer(peer);
		}
		finally {
			this.lock.unlock();
		}
	}

	void closed(OpenScope scope) {
		this.lock.lock();
		try {
			scope.peer().ifPresentOrElse((peer) -> {
				this.connections.add(scope.direction(), -1);
				this.ofPeers.computeIfPresent(peer, (same, count) -> (count > 1) ? count - 1 : null);
			}, () -> this.handshakes.add(scope.direction(), -1));
		}
		finally {
			this.lock.unlock();
		}
	}

	void streams(Direction direction, long more) {
		this.streams.add(direction, more);
	}

	/** Not the most that may be open: what is refused here is refused by name. */
	long maxStreams(Direction direction) {
		return (direction == Direction.INBOUND) ? this.limits.inboundStreamsPerConnection() : Long.MAX_VALUE;
	}

	LimitExceeded tooManyStreams() {
		return refused(INBOUND_STREAMS, this.limits.inboundStreamsPerConnection());
	}

	void reserved(int more, long before) {
		this.bytes.addAndGet(more);
		this.memory.take(more, before);
	}

	void released(long less, long left) {
		this.bytes.addAndGet(-less);
		this.memory.giveBack(less, left);
	}

	UnreadMemory memory() {
		return this.memory;
	}

}

package io.p2pboot.libp2p.resource;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

import io.p2pboot.libp2p.ConnectionBlocked;
import io.p2pboot.libp2p.ConnectionGater;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.LimitExceeded;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.ResourceUsage;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import org.jspecify.annotations.Nullable;

/**
 * Says for a whole node what its connections may use, and knows what they do use. Each
 * connection has a {@link ConnectionScope}, whichever transport carries it. Where all
 * slots are taken, whoever holds most gives one up for who holds fewer; for our own
 * dials, and for peers that are always allowed or protected, somebody always does.
 * Thread-safe; no method blocks for longer than it takes to count. Connections are
 * counted under one lock, streams and bytes without.
 */
public final class ResourceManager {

	/** The name of the limit on all connections. */
	public static final String CONNECTIONS = "connections";

	/** The name of the limit on the connections of a peer. */
	public static final String CONNECTIONS_PER_PEER = "connections per peer";

	/** The name of the limit on the inbound connections of an address. */
	public static final String CONNECTIONS_PER_ADDRESS = "connections per address";

	/** The name of the limit on how fast an address connects. */
	public static final String RATE_PER_ADDRESS = "new connections per address";

	/** The name of the limit on inbound handshakes. */
	public static final String INBOUND_UPGRADING = "inbound connections being upgraded";

	/** The name of the limit on the streams that a peer may open on a connection. */
	public static final String INBOUND_STREAMS = "inbound streams of a connection";

	/** The name of the limit on the bytes that nobody has read. */
	public static final String UNREAD_BYTES = "unread bytes of a connection";

	/** By how many a holder of connections has to be ahead of who gets one of them. */
	private static final int AHEAD = 2;

	/**
	 * Hears what limits do. Called on the thread of whoever asked; must not block.
	 */
	public interface Listener {

		/** Hears nothing. */
		Listener NONE = new Listener() {
		};

		/**
		 * Something was refused.
		 * @param refusal which limit
		 */
		default void refused(LimitExceeded refusal) {
		}

		/**
		 * A connection has to make room for another.
		 * @param limit the limit that is reached
		 * @param scope the connection, which is about to be closed
		 */
		default void gaveWay(String limit, ConnectionScope scope) {
		}

	}

	private final ConnectionLimits limits;

	private final AddressLimits addressLimits;

	private final ConnectionGater gater;

	private final UnreadMemory memory;

	private final LongSupplier nanos;

	private final Listener listener;

	private final ReentrantLock lock = new ReentrantLock();

	private final DirectionCount handshakes = new DirectionCount();

	private final DirectionCount connections = new DirectionCount();

	private final Map<PeerId, Integer> ofPeers = new HashMap<>();

	private final AddressUse ofAddresses;

	private final Holders handshaking = new Holders();

	private final Holders connected = new Holders();

	private final Set<PeerId> protectedPeers = ConcurrentHashMap.newKeySet();

	private final DirectionCount streams = new DirectionCount();

	private final AtomicLong bytes = new AtomicLong();

	/**
	 * Creates the resources of a node.
	 * @param limits the limits
	 * @param addressLimits the limits for an address
	 * @param gater says who may connect at all, and who always may
	 * @param memory what unread bytes are counted against
	 * @param nanos a clock of nanoseconds that does not jump
	 * @param listener hears what limits do
	 */
	public ResourceManager(ConnectionLimits limits, AddressLimits addressLimits, ConnectionGater gater,
			UnreadMemory memory, LongSupplier nanos, Listener listener) {
		this.limits = limits;
		this.addressLimits = addressLimits;
		this.gater = gater;
		this.memory = memory;
		this.nanos = nanos;
		this.listener = listener;
		this.ofAddresses = new AddressUse(nanos);
	}

	/**
	 * Opens the scope of a connection, before its handshake. Whoever opens it closes it
	 * when the connection ends, also where the handshake fails.
	 * @param direction who opened the connection
	 * @param local our end's address
	 * @param remote the other end's address
	 * @param end closes the connection where it has to make room for another; called on
	 * any thread, after the scope was closed
	 * @return the scope
	 * @throws LimitExceeded if it is inbound, and one connection or handshake too many
	 * @throws ConnectionBlocked if it is inbound and a gater does not allow it
	 */
	public ConnectionScope open(Direction direction, Multiaddr local, Multiaddr remote, Runnable end)
			throws LimitExceeded, ConnectionBlocked {
		boolean inbound = direction == Direction.INBOUND;
		if (inbound && !this.gater.allowAccept(local, remote)) {
			throw new ConnectionBlocked("connections from " + remote);
		}
		boolean allowed = inbound && this.gater.alwaysAllows(remote);
		OpenScope scope = new OpenScope(this, direction, local, remote, Source.of(remote, this.addressLimits), allowed,
				end);
		OpenScope givesWay = null;
		this.lock.lock();
		try {
			if (inbound) {
				givesWay = admit(scope);
				this.handshaking.add(scope);
				this.ofAddresses.opened(scope.source());
			}
			this.handshakes.add(direction, 1);
		}
		finally {
			this.lock.unlock();
		}
		end(INBOUND_UPGRADING, givesWay);
		return scope;
	}

	/** Returns who has to make room for an inbound handshake. */
	private @Nullable OpenScope admit(OpenScope scope) throws LimitExceeded {
		Source source = scope.source();
		if (!scope.isPrivileged()) {
			Optional<LimitExceeded> limit = this.ofAddresses.begin(source);
			if (limit.isPresent()) {
				throw refused(limit.get());
			}
		}
		boolean full = this.connections.both() >= this.limits.connections();
		if (full && this.handshaking.of(source) > 0 && giver(scope).isEmpty()) {
			// One at a time is heard: it may be a peer that is let in whatever the limits
			// are.
			throw refused(CONNECTIONS, this.limits.connections());
		}
		if (this.handshakes.of(Direction.INBOUND) < this.limits.inboundUpgrading()) {
			return null;
		}
		return this.handshaking.victim(scope.isPrivileged() ? 1 : this.handshaking.of(source) + 1)
			.map(this::release)
			.orElseThrow(() -> refused(INBOUND_UPGRADING, this.limits.inboundUpgrading()));
	}

	/** Who would make room for a connection. */
	private Optional<OpenScope> giver(OpenScope scope) {
		boolean always = scope.direction() == Direction.OUTBOUND || scope.isPrivileged();
		return this.connected.victim(always ? 1 : this.connected.of(scope.source()) + AHEAD);
	}

	/** Takes a scope's slots at once; the connection closes when the lock is free. */
	private OpenScope release(OpenScope scope) {
		scope.close();
		return scope;
	}

	private void end(String limit, @Nullable OpenScope givesWay) {
		if (givesWay != null) {
			this.listener.gaveWay(limit, givesWay);
			givesWay.end();
		}
	}

	private LimitExceeded refused(String limit, long maximum) {
		return refused(new LimitExceeded(limit, maximum + 1, maximum));
	}

	private LimitExceeded refused(LimitExceeded refusal) {
		this.listener.refused(refusal);
		return refusal;
	}

	/**
	 * Returns whether whoever connects from an address should prove first that it is
	 * there, where a transport can ask for that: others could use up what the address may
	 * have.
	 * @param remote the address
	 * @return whether it has used half of what it may
	 */
	public boolean isBusy(Multiaddr remote) {
		Source source = Source.of(remote, this.addressLimits);
		this.lock.lock();
		try {
			return this.ofAddresses.isBusy(source);
		}
		finally {
			this.lock.unlock();
		}
	}

	boolean isCrowded(Source source) {
		this.lock.lock();
		try {
			return this.ofAddresses.isCrowded(source);
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Protects a peer: its connections make room for nobody, and somebody makes room for
	 * them.
	 * @param peer the peer
	 * @param isProtected whether it is protected from now on
	 */
	public void protect(PeerId peer, boolean isProtected) {
		if (isProtected) {
			this.protectedPeers.add(peer);
		}
		else {
			this.protectedPeers.remove(peer);
		}
	}

	/**
	 * Returns whether a peer is protected.
	 * @param peer the peer
	 * @return whether it is
	 */
	public boolean isProtected(PeerId peer) {
		return this.protectedPeers.contains(peer);
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
					this.ofPeers.size(), this.ofAddresses.networks(), this.streams.of(Direction.INBOUND),
					this.streams.of(Direction.OUTBOUND), this.bytes.get());
		}
		finally {
			this.lock.unlock();
		}
	}

	// What the scopes ask.

	void secured(OpenScope scope, PeerId peer) throws LimitExceeded, ConnectionBlocked {
		if (!this.gater.allowSecured(scope.direction(), peer, scope.remote())) {
			throw new ConnectionBlocked("the peer " + peer + " at " + scope.remote());
		}
		boolean allowed = this.gater.alwaysAllows(peer);
		OpenScope givesWay;
		this.lock.lock();
		try {
			givesWay = connect(scope, peer, allowed);
		}
		finally {
			this.lock.unlock();
		}
		end(CONNECTIONS, givesWay);
	}

	private @Nullable OpenScope connect(OpenScope scope, PeerId peer, boolean allowed) throws LimitExceeded {
		if (scope.peer().isPresent()) {
			throw new IllegalStateException("The connection is secured already: " + scope);
		}
		if (scope.hasEnded()) {
			return null;
		}
		if (this.ofPeers.getOrDefault(peer, 0) >= this.limits.connectionsPerPeer()) {
			throw refused(CONNECTIONS_PER_PEER, this.limits.connectionsPerPeer());
		}
		scope.allow(allowed);
		OpenScope givesWay = null;
		if (this.connections.both() >= this.limits.connections()) {
			givesWay = giver(scope).map(this::release)
				.orElseThrow(() -> refused(CONNECTIONS, this.limits.connections()));
		}
		this.handshaking.remove(scope);
		this.handshakes.add(scope.direction(), -1);
		this.connections.add(scope.direction(), 1);
		this.ofPeers.merge(peer, 1, Integer::sum);
		scope.peer(peer);
		if (scope.direction() == Direction.INBOUND) {
			this.connected.add(scope);
		}
		return givesWay;
	}

	void closed(OpenScope scope) {
		this.lock.lock();
		try {
			scope.peer().ifPresentOrElse((peer) -> {
				this.connections.add(scope.direction(), -1);
				this.ofPeers.computeIfPresent(peer, (same, count) -> (count > 1) ? count - 1 : null);
			}, () -> this.handshakes.add(scope.direction(), -1));
			this.handshaking.remove(scope);
			this.connected.remove(scope);
			if (scope.direction() == Direction.INBOUND) {
				this.ofAddresses.closed(scope.source());
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	long now() {
		return this.nanos.getAsLong();
	}

	void streams(Direction direction, long more) {
		this.streams.add(direction, more);
	}

	/** How many streams a connection may have. */
	long maxStreams(Direction direction) {
		return (direction == Direction.INBOUND) ? this.limits.inboundStreamsPerConnection() : Long.MAX_VALUE;
	}

	LimitExceeded tooManyStreams() {
		return refused(INBOUND_STREAMS, this.limits.inboundStreamsPerConnection());
	}

	void reserved(OpenScope scope, int more, long before) {
		this.bytes.addAndGet(more);
		this.memory.take(scope, more, before);
	}

	void released(OpenScope scope, long less, long left) {
		this.bytes.addAndGet(-less);
		this.memory.giveBack(scope, less, left);
	}

	LimitExceeded refused(String limit, long value, long maximum) {
		return refused(new LimitExceeded(limit, value, maximum));
	}

	UnreadMemory memory() {
		return this.memory;
	}

}

package io.p2pboot.libp2p.resource;

import java.util.HashMap;
import java.util.List;
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
import io.p2pboot.libp2p.Resource;
import io.p2pboot.libp2p.ResourceUsage;
import io.p2pboot.libp2p.ScopeUsage;
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

	/** The name of the limit on file descriptors. */
	public static final String DESCRIPTORS = "file descriptors";

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
		 * @param direction who wanted it
		 * @param resource what was wanted
		 */
		default void refused(LimitExceeded refusal, Direction direction, Resource resource) {
		}

		/**
		 * A peer has one connection more, or one less.
		 * @param direction who opened it
		 * @param before how many of the direction it had
		 * @param after how many it has
		 */
		default void peerConnections(Direction direction, int before, int after) {
		}

		/**
		 * A peer has one stream more, or one less.
		 * @param direction who opened it
		 * @param before how many of the direction it had
		 * @param after how many it has
		 */
		default void peerStreams(Direction direction, int before, int after) {
		}

		/**
		 * A peer leaves much more unread, or much less.
		 * @param before how many bytes it left unread, about
		 * @param after how many it leaves
		 */
		default void peerMemory(long before, long after) {
		}

		/**
		 * A connection has to make room for another.
		 * @param limit the limit that is reached
		 * @param scope the connection, which is about to be closed
		 */
		default void gaveWay(String limit, ConnectionScope scope) {
		}

	}

	private final ResourceLimits all;

	private final ConnectionLimits limits;

	private final AddressLimits addressLimits;

	private final ConnectionGater gater;

	private final UnreadMemory memory;

	private final LongSupplier nanos;

	private final Listener listener;

	private final ReentrantLock lock = new ReentrantLock();

	private final DirectionCount handshakes = new DirectionCount();

	private final DirectionCount connections = new DirectionCount();

	private final Map<PeerId, StreamUse.Count> ofPeers = new HashMap<>();

	private final AddressUse ofAddresses;

	private final Holders handshaking = new Holders();

	private final Holders connected = new Holders();

	private final Set<PeerId> protectedPeers = ConcurrentHashMap.newKeySet();

	private final StreamUse streams;

	/** Streams whose protocol is not known yet. */
	private final DirectionCount negotiating = new DirectionCount();

	private final AtomicLong bytes = new AtomicLong();

	/** How often a handshake has begun or come further: the order of these moments. */
	private final AtomicLong steps = new AtomicLong();

	/** How many bytes each peer leaves unread, to the order of its size. */
	private final Map<PeerId, Long> ofPeersBytes = new ConcurrentHashMap<>();

	/** Guarded by the lock. */
	private int descriptors;

	private int handshakeDescriptors;

	/**
	 * Creates the resources of a node.
	 * @param limits the limits
	 * @param gater says who may connect at all, and who always may
	 * @param memory what unread bytes are counted against
	 * @param nanos a clock of nanoseconds that does not jump
	 * @param listener hears what limits do
	 */
	public ResourceManager(ResourceLimits limits, ConnectionGater gater, UnreadMemory memory, LongSupplier nanos,
			Listener listener) {
		this.all = limits;
		this.limits = limits.connections();
		this.addressLimits = limits.addresses();
		this.gater = gater;
		this.memory = memory;
		this.nanos = nanos;
		this.listener = listener;
		this.ofAddresses = new AddressUse(nanos);
		this.streams = new StreamUse(limits.streams(), listener::peerStreams);
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
			this.handshakeDescriptors += scope.descriptors();
			this.descriptors += scope.descriptors();
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
				throw refused(limit.get(), Direction.INBOUND, Resource.CONNECTION);
			}
			if (this.descriptors + scope.descriptors() > this.all.descriptors()) {
				throw refused("system", DESCRIPTORS, this.all.descriptors(), Direction.INBOUND);
			}
		}
		boolean full = this.connections.both() >= this.limits.connections();
		if (full && this.handshaking.of(source) > 0 && giver(scope).isEmpty()) {
			// One at a time is heard: it may be a peer that is let in whatever the limits
			// are.
			throw refused("system", CONNECTIONS, this.limits.connections(), Direction.INBOUND);
		}
		if (this.handshakes.of(Direction.INBOUND) < this.limits.inboundUpgrading()) {
			return null;
		}
		int held = this.handshaking.of(source);
		// The second is let in as the first is: a peer that has finished a handshake, and
		// begins another, may be ahead of what is known here.
		return this.handshaking.slowest((scope.isPrivileged() || held <= 1) ? 1 : held + 1)
			.map(this::release)
			.orElseThrow(
					() -> refused("transient", INBOUND_UPGRADING, this.limits.inboundUpgrading(), Direction.INBOUND));
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

	private LimitExceeded refused(String scope, String limit, long maximum, Direction direction) {
		return refused(new LimitExceeded(scope, limit, maximum + 1, maximum), direction, Resource.CONNECTION);
	}

	LimitExceeded refused(LimitExceeded refusal, Direction direction, Resource resource) {
		this.listener.refused(refusal, direction, resource);
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
					this.ofPeers.size(), this.ofAddresses.networks(), this.streams.system().inbound(),
					this.streams.system().outbound(), this.bytes.get());
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Returns what each scope uses: the node, what is in its handshake or negotiation,
	 * services, protocols, and the peers with most streams.
	 * @param peers how many peers at most, 0 and more
	 * @return a snapshot
	 */
	public List<ScopeUsage> scopes(int peers) {
		Scopes scopes = new Scopes(this.all, this.memory, this.streams);
		Map<PeerId, StreamUse.Count> ofPeersNow;
		this.lock.lock();
		try {
			scopes.system(this.connections, this.handshakes, this.descriptors, this.bytes.get());
			scopes.handshaking(this.handshakes, this.negotiating, this.handshakeDescriptors);
			ofPeersNow = (peers > 0) ? new HashMap<>(this.ofPeers) : Map.of();
		}
		finally {
			this.lock.unlock();
		}
		scopes.shared();
		scopes.peers(ofPeersNow, this.ofPeersBytes, peers);
		return scopes.told();
	}

	// What the scopes ask.

	long nextStep() {
		return this.steps.incrementAndGet();
	}

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
		StreamUse.Count before = this.ofPeers.getOrDefault(peer, StreamUse.NOTHING);
		if (before.inbound() + before.outbound() >= this.limits.connectionsPerPeer()) {
			throw refused("peer:" + peer, CONNECTIONS_PER_PEER, this.limits.connectionsPerPeer(), scope.direction());
		}
		scope.allow(allowed);
		OpenScope givesWay = null;
		if (this.connections.both() >= this.limits.connections()) {
			givesWay = giver(scope).map(this::release)
				.orElseThrow(() -> refused("system", CONNECTIONS, this.limits.connections(), scope.direction()));
		}
		this.handshaking.remove(scope);
		this.handshakes.add(scope.direction(), -1);
		this.handshakeDescriptors -= scope.descriptors();
		this.connections.add(scope.direction(), 1);
		ofPeer(peer, scope.direction(), 1);
		scope.peer(peer);
		if (scope.direction() == Direction.INBOUND) {
			this.connected.add(scope);
		}
		return givesWay;
	}

	private void ofPeer(PeerId peer, Direction direction, int more) {
		StreamUse.Count before = this.ofPeers.getOrDefault(peer, StreamUse.NOTHING);
		StreamUse.Count after = before.plus(direction, more);
		if (after.equals(StreamUse.NOTHING)) {
			this.ofPeers.remove(peer);
		}
		else {
			this.ofPeers.put(peer, after);
		}
		this.listener.peerConnections(direction, before.of(direction), after.of(direction));
	}

	void closed(OpenScope scope) {
		this.lock.lock();
		try {
			scope.peer().ifPresentOrElse((peer) -> {
				this.connections.add(scope.direction(), -1);
				ofPeer(peer, scope.direction(), -1);
			}, () -> {
				this.handshakes.add(scope.direction(), -1);
				this.handshakeDescriptors -= scope.descriptors();
			});
			this.descriptors -= scope.descriptors();
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

	StreamUse streamUse() {
		return this.streams;
	}

	void negotiating(Direction direction, long more) {
		this.negotiating.add(direction, more);
	}

	/** How many streams a connection may have. */
	long maxStreams(Direction direction) {
		return (direction == Direction.INBOUND) ? this.limits.inboundStreamsPerConnection() : Long.MAX_VALUE;
	}

	LimitExceeded tooManyStreams(OpenScope scope, Direction direction) {
		long most = maxStreams(direction);
		return refused(new LimitExceeded("connection:" + scope.remote(), INBOUND_STREAMS, most + 1, most), direction,
				Resource.STREAM);
	}

	void reserved(OpenScope scope, int more, long before) {
		this.bytes.addAndGet(more);
		this.memory.take(scope, more, before);
	}

	void released(OpenScope scope, long less, long left) {
		this.bytes.addAndGet(-less);
		this.memory.giveBack(scope, less, left);
	}

	/** The memory of a peer has changed from one order of size to another. */
	void peerMemory(PeerId peer, long more) {
		Long left = this.ofPeersBytes.merge(peer, more, (now, added) -> (now + added != 0) ? now + added : null);
		long after = (left != null) ? left : 0;
		this.listener.peerMemory(after - more, after);
	}

	UnreadMemory memory() {
		return this.memory;
	}

}

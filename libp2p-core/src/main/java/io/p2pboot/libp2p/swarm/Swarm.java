package io.p2pboot.libp2p.swarm;

import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;

import io.netty.channel.Channel;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.Promise;
import io.p2pboot.libp2p.ConnectOptions;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.ConnectionBlocked;
import io.p2pboot.libp2p.ConnectionListener;
import io.p2pboot.libp2p.EventUsage;
import io.p2pboot.libp2p.ConnectionLost;
import io.p2pboot.libp2p.ConnectionManager;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.ErrorCode;
import io.p2pboot.libp2p.Libp2pException;
import io.p2pboot.libp2p.LimitExceeded;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.NodeObserver;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.ResourceUsage;
import io.p2pboot.libp2p.ScopeUsage;
import io.p2pboot.libp2p.StreamProtocol;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.muxer.StreamAcceptor;
import io.p2pboot.libp2p.muxer.StreamChildChannel;
import io.p2pboot.libp2p.netty.NativeDatagrams;
import io.p2pboot.libp2p.netty.StreamChannel;
import io.p2pboot.libp2p.netty.StreamInitializer;
import io.p2pboot.libp2p.resource.ConnectionScope;
import io.p2pboot.libp2p.transport.AddressResolver;
import io.p2pboot.libp2p.transport.EventLoops;
import io.p2pboot.libp2p.transport.MuxedConnection;
import io.p2pboot.libp2p.transport.Transport;
import io.p2pboot.libp2p.transport.TransportContext;
import io.p2pboot.libp2p.transport.Upgrader;

/**
 * The connections of a node: listens and dials through its transports, upgrades what they
 * bring, keeps the table of connections within its limits, and negotiates streams on
 * them. Thread-safe; no method blocks.
 */
public final class Swarm implements TransportContext {

	private final PrivateKey identity;

	private final PeerId localPeer;

	private final SwarmConfig config;

	private final List<Transport> transports;

	private final EventLoops eventLoops;

	private final AddressResolver resolver;

	private final NodeObserver observer;

	private final Clock clock;

	private final ConnectionUpgrader upgrader;

	private final InboundStreams inboundStreams = new InboundStreams(this);

	private final OutboundStreams outboundStreams = new OutboundStreams(this);

	private final StreamRegistry registry = new StreamRegistry();

	private final ConnectionTable table = new ConnectionTable();

	private final ConnectionEvents events;

	private final SwarmLog log = new SwarmLog();

	private final Admission admission;

	private final DialBackoff backoff;

	private final DialHistory history;

	private final ConcurrentHashMap<DialKey, PeerDial> dials = new ConcurrentHashMap<>();

	private final Listeners listeners;

	private volatile boolean running;

	private volatile BiConsumer<Connection, NativeDatagrams> datagrams = (connection, none) -> {
	};

	/**
	 * Creates a swarm and starts its transports.
	 * @param identity our key
	 * @param config how it behaves
	 * @param transports the transports, in order of preference
	 * @param eventLoops the event loops, owned by the caller
	 * @param resolver resolves names in addresses
	 * @param eventExecutor runs connection listeners; must not reject
	 * @param observer measures
	 * @param clock the wall clock
	 */
	public Swarm(PrivateKey identity, SwarmConfig config, List<Transport> transports, EventLoops eventLoops,
			AddressResolver resolver, Executor eventExecutor, NodeObserver observer, Clock clock) {
		this.identity = identity;
		this.localPeer = PeerId.of(identity.publicKey());
		this.config = config;
		this.transports = List.copyOf(transports);
		this.eventLoops = eventLoops;
		this.resolver = resolver;
		this.observer = observer;
		this.clock = clock;
		this.listeners = new Listeners(this.localPeer, this.transports, eventLoops, this.log);
		this.upgrader = new ConnectionUpgrader(identity, config, this);
		this.events = new ConnectionEvents(eventExecutor, this.log);
		this.admission = new Admission(config, this.table, eventLoops, this.log, observer);
		this.backoff = new DialBackoff(eventLoops.group().next().ticker()::nanoTime);
		this.history = new DialHistory(eventLoops.group().next().ticker()::nanoTime, observer);
		this.transports.forEach((transport) -> transport.start(this));
	}

	// What the node asks.

	/**
	 * Sets who takes the datagrams that connections carry themselves.
	 * @param taker is given each such connection on its event loop, before anything is
	 * read from it
	 * @return whether there can be any
	 */
	public boolean takeDatagrams(BiConsumer<Connection, NativeDatagrams> taker) {
		this.datagrams = taker;
		return this.transports.stream().anyMatch(Transport::carriesDatagrams);
	}

	/**
	 * Begins or ends accepting inbound connections and streams.
	 * @param accepting whether they are accepted
	 */
	public void accepting(boolean accepting) {
		this.admission.accepting(accepting);
		this.listeners.accepting(accepting);
	}

	/**
	 * Begins or ends taking connections of either direction. When it ends, dials that are
	 * under way fail, and no connection is added any more.
	 * @param running whether they are taken
	 */
	public void running(boolean running) {
		this.running = running;
		if (!running) {
			this.dials.values().forEach(PeerDial::stop);
		}
	}

	/**
	 * Returns what is listened on.
	 * @return the listeners
	 */
	public Listeners listeners() {
		return this.listeners;
	}

	/**
	 * Frees what the transports hold.
	 * @return what to wait for
	 */
	public List<Future<Void>> closeTransports() {
		return this.transports.stream().map(Transport::close).toList();
	}

	/**
	 * Connects to a peer, or joins the dial that is under way.
	 * @param peer the peer
	 * @param sources where to get addresses from, in order; the first are the caller's
	 * own, which a dial that is under way takes up as well
	 * @param options how long it may take, and which connections will do
	 * @return the connection; cancelling it ends the dial if nobody else waits for it
	 */
	public Future<Connection> connect(PeerId peer, List<AddressSource> sources, ConnectOptions options) {
		EventExecutor loop = this.eventLoops.group().next();
		Optional<SwarmConnection> present = this.table.best(peer, options);
		if (present.isPresent()) {
			return loop.newSucceededFuture(present.get());
		}
		try {
			this.admission.checkDial(peer);
		}
		catch (ConnectionBlocked ex) {
			return loop.newFailedFuture(ex);
		}
		if (loop.isShuttingDown()) {
			// It runs nothing any more, nor tells anybody of a result.
			return ImmediateEventExecutor.INSTANCE.newFailedFuture(new ConnectionLost("The node has stopped"));
		}
		Promise<Connection> waiter = loop.newPromise();
		dial(DialKey.of(peer, sources, options), sources, options, waiter);
		return waiter;
	}

	private void dial(DialKey key, List<AddressSource> sources, ConnectOptions options, Promise<Connection> waiter) {
		Duration timeout = options.timeout().orElse(this.config.dialTimeout());
		PeerDial created = new PeerDial(this, key.peer(), this.eventLoops.group().next(), sources, options, timeout);
		PeerDial running = this.dials.computeIfAbsent(key, (same) -> created);
		if (running == created) {
			created.result().addListener((done) -> this.dials.remove(key, created));
			created.start();
		}
		running.join(sources.get(0), timeout, waiter, (running == created) ? null : () -> {
			this.dials.remove(key, running);
			dial(key, sources, options, waiter);
		});
	}

	/**
	 * Returns the connection for a new stream.
	 * @param peer the peer
	 * @return the connection; empty if not connected
	 */
	public Optional<Connection> connection(PeerId peer) {
		return this.table.best(peer).map(Connection.class::cast);
	}

	/**
	 * Returns the connections with a peer.
	 * @param peer the peer
	 * @return a snapshot
	 */
	public List<Connection> connections(PeerId peer) {
		return List.copyOf(this.table.of(peer));
	}

	/**
	 * Returns all connections.
	 * @return a snapshot
	 */
	public List<Connection> connections() {
		return List.copyOf(this.table.all());
	}

	/**
	 * Adds a listener for connections.
	 * @param listener the listener
	 * @return closing it removes the listener
	 */
	public Node.Subscription addListener(ConnectionListener listener) {
		return this.events.add(listener);
	}

	/**
	 * Adds a listener that is called at once, on the thread of the event, an event loop:
	 * for what must not wait until users' listeners have returned.
	 * @param listener the listener; must not block
	 * @return closing it removes the listener
	 */
	public Node.Subscription addDirectListener(ConnectionListener listener) {
		return this.events.addDirect(listener);
	}

	/**
	 * Tells the listeners that a connection's peer is identified.
	 * @param connection the connection
	 */
	public void identified(Connection connection) {
		this.events.identified(connection);
	}

	/**
	 * Tells the listeners that a connection's peer serves other protocols.
	 * @param connection the connection
	 * @param added what it serves now
	 * @param removed what it does not serve any more
	 */
	public void protocolsChanged(Connection connection, Set<ProtocolPath> added, Set<ProtocolPath> removed) {
		this.events.protocolsChanged(connection, added, removed);
	}

	/**
	 * Opens a stream.
	 * @param connection a connection of this swarm
	 * @param protocols what to propose, in order of preference
	 * @param optimistic whether the peer is known to support the only protocol, so that
	 * its answer need not be waited for
	 * @param initializer sets the stream up
	 * @return the stream
	 */
	public Future<StreamChannel> openStream(Connection connection, List<ProtocolPath> protocols, boolean optimistic,
			StreamInitializer initializer) {
		if (!(connection instanceof SwarmConnection own)) {
			throw new IllegalArgumentException("Not a connection of this node: " + connection);
		}
		return this.outboundStreams.open(own, protocols, optimistic, initializer);
	}

	/**
	 * Records a measured round trip.
	 * @param connection a connection of this swarm
	 * @param roundTrip the time
	 */
	public void pinged(Connection connection, Duration roundTrip) {
		if (connection instanceof SwarmConnection own) {
			own.pinged(roundTrip);
			this.observer.pinged(connection, roundTrip);
		}
	}

	/**
	 * Serves a protocol.
	 * @param path the path
	 * @param initializer sets up its inbound streams
	 * @return {@code false} if the path is taken
	 */
	public boolean mount(ProtocolPath path, StreamInitializer initializer) {
		return this.registry.add(path, initializer);
	}

	/**
	 * Stops serving a protocol.
	 * @param path the path
	 * @param streams what becomes of the streams of peers that are open
	 */
	public void unmount(ProtocolPath path, Node.Unmount streams) {
		this.registry.remove(path, streams);
	}

	/**
	 * Returns what is served.
	 * @return a snapshot
	 */
	public Set<ProtocolPath> protocols() {
		return this.registry.paths();
	}

	/**
	 * Closes a connection.
	 * @param connection a connection of this swarm
	 * @return completes when it is closed
	 */
	public Future<?> close(Connection connection) {
		return ((SwarmConnection) connection).end();
	}

	/**
	 * Does what {@link io.p2pboot.libp2p.muxer.MuxerSession#delivered} does.
	 * @param connection a connection of this swarm
	 * @return what to wait for
	 */
	public Future<?> delivered(Connection connection) {
		return ((SwarmConnection) connection).session().delivered();
	}

	// What the transports ask.

	@Override
	public PrivateKey identity() {
		return this.identity;
	}

	@Override
	public EventLoops eventLoops() {
		return this.eventLoops;
	}

	@Override
	public Upgrader upgrader() {
		return this.upgrader;
	}

	@Override
	public StreamAcceptor inboundStreams() {
		return this.inboundStreams;
	}

	@Override
	public ConnectionScope admit(Channel channel, Direction direction, Multiaddr local, Multiaddr remote)
			throws Libp2pException {
		return this.admission.admit(channel, direction, local, remote);
	}

	@Override
	public Duration upgradeTimeout() {
		return this.config.upgradeTimeout();
	}

	@Override
	public boolean isBusy(Multiaddr remote) {
		return this.admission.resources().isBusy(remote);
	}

	@Override
	public void connected(MuxedConnection muxed) {
		register(adopt(muxed));
	}

	@Override
	public Clock clock() {
		return this.clock;
	}

	/**
	 * Returns what says which connections are kept.
	 * @return the connection manager
	 */
	public ConnectionManager connectionManager() {
		return this.admission.trimmer();
	}

	/**
	 * Returns what the connections use.
	 * @return a snapshot
	 */
	public ResourceUsage usage() {
		return this.admission.resources().usage();
	}

	/**
	 * Returns what each scope uses.
	 * @param peers how many peers at most, 0 and more
	 * @return a snapshot
	 */
	public List<ScopeUsage> scopes(int peers) {
		return this.admission.resources().scopes(peers);
	}

	/**
	 * Returns what listeners were told of, and what waits.
	 * @return a snapshot
	 */
	public EventUsage eventUsage() {
		return this.events.usage();
	}

	// What the package asks.

	/** Makes a connection findable from its streams. */
	SwarmConnection adopt(MuxedConnection muxed) {
		SwarmConnection connection = new SwarmConnection(muxed);
		SwarmConnection before = muxed.session().channel().attr(SwarmConnection.KEY).setIfAbsent(connection);
		if (before != null) {
			return before;
		}
		muxed.session().datagrams().ifPresent((carried) -> this.datagrams.accept(connection, carried));
		return connection;
	}

	/** Puts a connection into the table, or closes it and says why it was refused. */
	Optional<Libp2pException> register(SwarmConnection connection) {
		try {
			this.admission.checkUpgraded(connection);
		}
		catch (ConnectionBlocked ex) {
			return Optional.of(ex);
		}
		this.table.add(connection);
		if (!this.running) {
			// Whoever stops the node may have missed this one.
			this.table.remove(connection);
			connection.close();
			return Optional.of(new ConnectionLost("The node has stopped"));
		}
		this.observer.connectionOpened(connection, connection.muxed().handshake());
		this.log.connected(connection);
		this.admission.trimmer().added();
		this.events.connected(connection);
		connection.session().channel().closeFuture().addListener((closed) -> {
			this.table.remove(connection);
			this.observer.connectionClosed(connection, connection.age());
			this.log.disconnected(connection);
			this.events.disconnected(connection);
			connection.ended();
		});
		return Optional.empty();
	}

	/** Sets a negotiated stream up; why not, if that failed and the stream was reset. */
	Optional<Libp2pException> initialize(StreamChildChannel stream, StreamInitializer initializer) {
		try {
			SwarmConnection.serve(stream, stream.protocol());
			initializer.initialize(stream);
			return Optional.empty();
		}
		catch (LimitExceeded ex) {
			stream.reset(ErrorCode.RESOURCE_LIMIT_EXCEEDED.stream());
			return Optional.of(ex);
		}
		catch (Exception | LinkageError ex) {
			this.log.initializerFailed(stream.protocol(), ex);
			stream.reset(StreamProtocol.HANDLER_FAILED);
			return Optional.of(new ConnectionLost("The stream could not be set up"));
		}
	}

	StreamRegistry registry() {
		return this.registry;
	}

	boolean isRunning() {
		return this.running;
	}

	boolean acceptsStreams() {
		return this.admission.isAccepting();
	}

	PeerId localPeer() {
		return this.localPeer;
	}

	SwarmConfig config() {
		return this.config;
	}

	SwarmLog log() {
		return this.log;
	}

	NodeObserver observer() {
		return this.observer;
	}

	DialBackoff backoff() {
		return this.backoff;
	}

	DialHistory history() {
		return this.history;
	}

	Optional<SwarmConnection> best(PeerId peer, ConnectOptions options) {
		return this.table.best(peer, options);
	}

	Optional<Transport> transportFor(Multiaddr address) {
		for (Transport transport : this.transports) {
			if (transport.supports(address)) {
				return Optional.of(transport);
			}
		}
		return Optional.empty();
	}

	boolean isOwn(Multiaddr address) {
		return this.listeners.isOwn(address);
	}

	Future<List<Multiaddr>> resolve(Multiaddr address) {
		return this.resolver.resolve(address);
	}

}

package io.p2pboot.libp2p.node;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.ConnectOptions;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.ConnectionListener;
import io.p2pboot.libp2p.EventUsage;
import io.p2pboot.libp2p.ConnectionManager;
import io.p2pboot.libp2p.DatagramFlow;
import io.p2pboot.libp2p.ErrorCode;
import io.p2pboot.libp2p.HandlerFailures;
import io.p2pboot.libp2p.IdentifiedPeer;
import io.p2pboot.libp2p.NodeObserver;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.PeerRouting;
import io.p2pboot.libp2p.PeerStore;
import io.p2pboot.libp2p.Protocol;
import io.p2pboot.libp2p.ProtocolHost;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.ResourceUsage;
import io.p2pboot.libp2p.ScopeUsage;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.blocking.BlockingCalls;
import io.p2pboot.libp2p.crypto.PublicKey;
import io.p2pboot.libp2p.crypto.SignedEnvelope;
import io.p2pboot.libp2p.eventlog.EventLog;
import io.p2pboot.libp2p.eventlog.FailureLog;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.multistream.Multistream;
import io.p2pboot.libp2p.netty.Listening;
import io.p2pboot.libp2p.netty.NativeDatagrams;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.netty.NodeService;
import io.p2pboot.libp2p.netty.StreamChannel;
import io.p2pboot.libp2p.netty.StreamInitializer;
import io.p2pboot.libp2p.peerstore.FilePeerStore;
import io.p2pboot.libp2p.protocol.datagram.DatagramService;
import io.p2pboot.libp2p.protocol.identify.Identify;
import io.p2pboot.libp2p.protocol.ping.Ping;
import io.p2pboot.libp2p.swarm.Swarm;
import io.p2pboot.libp2p.transport.AddressResolver;
import io.p2pboot.libp2p.transport.EventLoops;
import org.slf4j.LoggerFactory;

/**
 * The node: hands what is asked to what does it. Any thread.
 */
final class Libp2pNode implements NettyNode, ProtocolHost {

	/** How many times event loops hand each other the news of an end. */
	private static final int LAST_ROUNDS = 4;

	/** How long event loops have had nothing to do before they go. */
	private static final long QUIET_MILLIS = 20;

	private final EventLog log = new EventLog(LoggerFactory.getLogger(Libp2pNode.class));

	private final HandlerFailures failures = new FailureLog(LoggerFactory.getLogger(Libp2pNode.class));

	private final NodeConfig config;

	private final PeerId peerId;

	private final EventLoops eventLoops;

	private final AddressResolver resolver;

	private final EventExecutor scheduler;

	final Swarm swarm;

	private final HandlerThreads threads;

	private final LocalAddresses addresses;

	private final ObservedAddresses observed;

	private final OpenStreams openStreams = new OpenStreams();

	private final LocalChanges changes = new LocalChanges(this.log);

	private final DialSources sources;

	private final BuiltInProtocols builtIn;

	private final Mounts mounts;

	private final Lifecycle lifecycle;

	Libp2pNode(NodeConfig config) {
		this.config = config;
		this.peerId = PeerId.of(config.identity().publicKey());
		this.eventLoops = EventLoops.create(config.eventLoopThreads());
		this.scheduler = this.eventLoops.group().next();
		this.threads = HandlerThreads.create();
		this.resolver = config.dnsServer()
			.map((server) -> AddressResolver.create(this.eventLoops, server))
			.orElseGet(() -> AddressResolver.create(this.eventLoops));
		this.swarm = new Swarm(config.identity(), config.swarm(), config.transports(), this.eventLoops, this.resolver,
				this.threads.events(), config.observer(), config.clock());
		this.sources = new DialSources(config.peerStore(), this.threads.routings(), this.eventLoops.group());
		this.observed = new ObservedAddresses(this.swarm.listeners()::addresses, this.changes::changed);
		this.addresses = new LocalAddresses(config.identity(), config.announce(), config.clock(),
				this.swarm.listeners()::addresses, this.observed::confirmed,
				new HostAddresses(this.scheduler.ticker()::nanoTime), this.changes::changed);
		this.swarm.listeners().onChange(this.changes::changed);
		this.builtIn = new BuiltInProtocols(new Identify(), new Ping(),
				new DatagramService(this, config.maxDatagramBytes()));
		this.mounts = new Mounts(this.swarm, this.builtIn.datagrams(), this.sources, this.openStreams, this.changes,
				BuiltInProtocols.paths(config.transports()), config.firstByteTimeout());
		List<NodeService> all = new ArrayList<>(this.builtIn.services());
		all.addAll(config.services());
		this.lifecycle = new Lifecycle(config, this.swarm, new Services(all, this.log), this.mounts, this.openStreams,
				this.changes, this.log, this.scheduler.ticker());
		if (config.peerStore() instanceof ConnectionListener knowsConnected) {
			this.swarm.addDirectListener(knowsConnected);
		}
		this.swarm.addDirectListener(new ConnectionListener() {

			@Override
			public void disconnected(Connection connection) {
				Libp2pNode.this.observed.remove(connection);
			}

		});
	}

	// Life cycle.

	@Override
	public void start() throws IOException {
		this.lifecycle.start(this);
	}

	@Override
	public boolean drain(Duration grace) {
		return this.lifecycle.drain(grace);
	}

	@Override
	public boolean isDraining() {
		return this.lifecycle.state() == Lifecycle.State.DRAINING;
	}

	@Override
	public void stop() {
		this.lifecycle.stop();
	}

	@Override
	public void close() {
		this.lifecycle.close(this::free);
	}

	private void free() {
		this.mounts.unmountAll(this.log);
		this.swarm.closeTransports().forEach((future) -> BlockingCalls.awaitEnd(future, Lifecycle.END_TIMEOUT_MILLIS));
		BlockingCalls.awaitEnd(this.resolver.close(), Lifecycle.END_TIMEOUT_MILLIS);
		endLoops();
		// Not before: the end of each connection is told there.
		this.threads.end();
		if (this.config.peerStore() instanceof FilePeerStore file) {
			file.close();
		}
	}

	/**
	 * The threads end by themselves, since Netty's quiet period takes 100 ms at least and
	 * whoever closes need not wait for it. What is still being upgraded is closed with
	 * its event loop, and is waited for.
	 */
	private void endLoops() {
		for (int round = 0; round < LAST_ROUNDS; round++) {
			List<Future<?>> done = new ArrayList<>();
			this.eventLoops.group().forEach((loop) -> done.add(loop.submit(() -> {
			})));
			done.forEach((future) -> BlockingCalls.awaitEnd(future, Lifecycle.END_TIMEOUT_MILLIS));
		}
		Future<?> loops = this.eventLoops.group()
			.shutdownGracefully(QUIET_MILLIS, Lifecycle.END_TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
		if (!usage().equals(ResourceUsage.NOTHING)) {
			BlockingCalls.awaitEnd(loops, 2 * Lifecycle.END_TIMEOUT_MILLIS);
		}
	}

	@Override
	public boolean isRunning() {
		return this.lifecycle.isRunning();
	}

	private void checkNotClosed() {
		if (this.lifecycle.state() == Lifecycle.State.CLOSED) {
			throw new IllegalStateException("The node " + this.peerId + " is closed");
		}
	}

	private void checkRunning() {
		if (!isRunning()) {
			throw new IllegalStateException("The node " + this.peerId + " is not running; call start() first");
		}
	}

	// Who we are.

	@Override
	public PeerId peerId() {
		return this.peerId;
	}

	@Override
	public PublicKey publicKey() {
		return this.config.identity().publicKey();
	}

	@Override
	public String agentVersion() {
		return this.config.agentVersion();
	}

	@Override
	public List<Multiaddr> listenAddresses() {
		return this.swarm.listeners().addresses();
	}

	@Override
	public Future<? extends Listening> listen(Multiaddr address) {
		checkRunning();
		return this.swarm.listeners().listen(address);
	}

	@Override
	public Subscription addAddresses(List<Multiaddr> addresses) {
		return this.addresses.add(addresses);
	}

	@Override
	public AddrInfo addrInfo() {
		return new AddrInfo(this.peerId, this.addresses.dialable());
	}

	@Override
	public SignedEnvelope signedRecord() {
		return this.addresses.signedRecord();
	}

	@Override
	public PeerStore peerStore() {
		return this.config.peerStore();
	}

	@Override
	public NodeObserver observer() {
		return this.config.observer();
	}

	@Override
	public Executor executor() {
		return this.threads.shared();
	}

	@Override
	public List<Multiaddr> observedAddresses() {
		return this.observed.all();
	}

	@Override
	public void observed(Connection connection, Multiaddr address) {
		this.observed.add(connection, address);
	}

	@Override
	public void identified(Connection connection) {
		this.swarm.identified(connection);
	}

	@Override
	public void pinged(Connection connection, Duration roundTrip) {
		this.swarm.pinged(connection, roundTrip);
	}

	@Override
	public void protocolsChanged(Connection connection, Set<ProtocolPath> added, Set<ProtocolPath> removed) {
		this.swarm.protocolsChanged(connection, added, removed);
	}

	@Override
	public Subscription onLocalChange(Runnable task) {
		return this.changes.add(task);
	}

	@Override
	public EventExecutor scheduler() {
		return this.scheduler;
	}

	@Override
	public Clock clock() {
		return this.config.clock();
	}

	@Override
	public SignedEnvelope seal(String domain, ByteBuffer payloadType, ByteBuffer payload) {
		return SignedEnvelope.seal(this.config.identity(), domain, payloadType.duplicate(), payload.duplicate());
	}

	@Override
	public ByteBuffer sign(String prefix, ByteBuffer payload) {
		byte[] first = prefix.getBytes(StandardCharsets.UTF_8);
		ByteBuffer signed = ByteBuffer.allocate(first.length + payload.remaining()).put(first).put(payload.duplicate());
		return this.config.identity().sign(signed.flip());
	}

	// Protocols.

	@Override
	public <P extends Protocol> P mountProtocol(ProtocolPath path, P protocol) {
		checkNotClosed();
		this.mounts.mount(this, path, protocol);
		return protocol;
	}

	@Override
	public void mountStreams(ProtocolPath path, StreamInitializer initializer) {
		checkNotClosed();
		this.mounts.mountStreams(path, initializer, this.lifecycle.isRunning());
	}

	@Override
	public void unmountProtocol(ProtocolPath path, Unmount streams) {
		this.mounts.unmount(path, streams);
	}

	@Override
	public <R extends PeerRouting> R mountRouting(R routing) {
		checkNotClosed();
		this.mounts.mountRouting(this, routing);
		return routing;
	}

	@Override
	public void unmountRouting(PeerRouting routing) {
		this.mounts.unmountRouting(routing);
	}

	@Override
	public Set<ProtocolPath> protocols() {
		return isRunning() ? this.swarm.protocols() : this.mounts.pathsOnceRunning();
	}

	// Connections.

	@Override
	public Connection connect(AddrInfo peer, ConnectOptions options) throws IOException {
		return BlockingCalls.await(connectAsync(peer, options), "connect to " + peer.id());
	}

	@Override
	public Future<Connection> connectAsync(AddrInfo peer) {
		return connectAsync(peer, ConnectOptions.DEFAULT);
	}

	@Override
	public Future<Connection> connectAsync(AddrInfo peer, ConnectOptions options) {
		checkRunning();
		if (peer.id().equals(this.peerId)) {
			throw new IllegalArgumentException("The peer " + peer.id() + " is this node");
		}
		return this.swarm.connect(peer.id(), this.sources.of(peer, options), options);
	}

	private <T> Promise<T> promise() {
		return this.eventLoops.group().next().newPromise();
	}

	@Override
	public void disconnect(PeerId peer) {
		this.swarm.connections(peer).forEach(Connection::close);
	}

	@Override
	public List<Connection> connections() {
		return this.swarm.connections();
	}

	@Override
	public Optional<Connection> connection(PeerId peer) {
		return this.swarm.connection(peer);
	}

	@Override
	public Subscription addConnectionListener(ConnectionListener listener) {
		return this.swarm.addListener(listener);
	}

	@Override
	public Subscription addEventLoopListener(ConnectionListener listener) {
		return this.swarm.addDirectListener(listener);
	}

	@Override
	public boolean takeDatagrams(BiConsumer<Connection, NativeDatagrams> taker) {
		return this.swarm.takeDatagrams(taker);
	}

	@Override
	public ConnectionManager connectionManager() {
		return this.swarm.connectionManager();
	}

	@Override
	public ResourceUsage usage() {
		return this.swarm.usage();
	}

	@Override
	public List<ScopeUsage> scopes(int peers) {
		return this.swarm.scopes(peers);
	}

	@Override
	public EventUsage eventUsage() {
		return this.swarm.eventUsage();
	}

	// Streams.

	@Override
	public Future<StreamChannel> openStream(Connection connection, List<ProtocolPath> protocols,
			StreamInitializer initializer) {
		checkProposals(protocols);
		boolean optimistic = protocols.size() == 1
				&& peerStore().protocols(connection.remotePeer()).contains(protocols.get(0));
		return this.swarm.openStream(connection, protocols, optimistic, initializer);
	}

	@Override
	public Future<StreamChannel> openStream(AddrInfo peer, List<ProtocolPath> protocols, ConnectOptions options,
			StreamInitializer initializer) {
		// Not once connected: nobody would hear of it.
		checkProposals(protocols);
		Promise<StreamChannel> result = promise();
		pass(connectAsync(peer, options), result, (connection) -> {
			Future<StreamChannel> opened = openStream(connection, protocols, initializer);
			pass(opened, result, result::trySuccess);
			opened.addListener((done) -> {
				if (done.isSuccess() && !result.isSuccess()) {
					// Whoever wanted it has given up in this very moment.
					opened.getNow().reset(ErrorCode.NO_ERROR.stream());
				}
			});
		});
		return result;
	}

	private static void checkProposals(List<ProtocolPath> protocols) {
		if (protocols.isEmpty() || protocols.size() > Multistream.MAX_PROPOSALS) {
			throw new IllegalArgumentException("There have to be 1 to " + Multistream.MAX_PROPOSALS
					+ " protocols to propose, were " + protocols.size());
		}
	}

	/** Goes on with a result, and ties what is under way to what is waited for. */
	private static <T> void pass(Future<T> step, Promise<?> result, Consumer<T> next) {
		result.addListener((done) -> {
			if (done.isCancelled()) {
				step.cancel(false);
			}
		});
		step.addListener((done) -> {
			if (!done.isSuccess()) {
				result.tryFailure(done.cause());
			}
			else if (!result.isDone()) {
				goOn(step.getNow(), result, next);
			}
		});
	}

	/** What an application has given the node, such as its peer store, may throw. */
	private static <T> void goOn(T value, Promise<?> result, Consumer<T> next) {
		try {
			next.accept(value);
		}
		catch (RuntimeException ex) {
			result.tryFailure(ex);
		}
	}

	@Override
	public Stream openStream(AddrInfo peer, ProtocolPath path) throws IOException {
		return openStream(peer, path, ConnectOptions.DEFAULT);
	}

	@Override
	public Stream openStream(AddrInfo peer, ProtocolPath path, ConnectOptions options) throws IOException {
		BlockingOpen open = new BlockingOpen();
		BlockingCalls.await(openStream(peer, List.of(path), options, open), "open a stream of " + path);
		return open.stream();
	}

	private Connection connected(AddrInfo peer) throws IOException {
		return connect(peer, ConnectOptions.DEFAULT);
	}

	@Override
	public HandlerFailures failures() {
		return this.failures;
	}

	@Override
	public void later(Duration delay, Runnable task) {
		if (!this.eventLoops.group().isShuttingDown()) {
			this.eventLoops.group().schedule(task, delay.toMillis(), TimeUnit.MILLISECONDS);
		}
	}

	@Override
	public boolean isEventLoop() {
		return EventLoops.isEventLoop();
	}

	@Override
	public Duration ping(AddrInfo peer) throws IOException {
		Connection connection = connected(peer);
		return BlockingCalls.await(pingAsync(connection, 1), "ping " + peer.id()).get(0);
	}

	@Override
	public IdentifiedPeer identify(AddrInfo peer) throws IOException {
		Connection connection = connected(peer);
		BlockingCalls.await(this.builtIn.identify().identified(connection), "identify " + peer.id());
		return IdentifiedPeer.of(peerStore(), peer.id());
	}

	@Override
	public Future<List<Duration>> pingAsync(Connection connection, int times) {
		return this.builtIn.ping().ping(connection, times);
	}

	// Datagrams.

	@Override
	public void sendDatagram(AddrInfo peer, ProtocolPath path, ByteBuffer payload) throws IOException {
		BlockingCalls.checkThread("send of a datagram");
		Optional<DatagramFlow> open = this.builtIn.datagrams().flow(peer.id(), path);
		DatagramFlow flow = open.isPresent() ? open.get()
				: BlockingCalls.await(this.builtIn.datagrams().open(connected(peer), path), "open a flow of " + path);
		flow.send(payload);
	}

	@Override
	public OptionalInt maxDatagramBytes(AddrInfo peer, ProtocolPath path) {
		return this.builtIn.datagrams().maxBytes(peer.id(), path);
	}

	@Override
	public String toString() {
		return "Node[" + this.peerId + ", " + this.lifecycle.state() + "]";
	}

}

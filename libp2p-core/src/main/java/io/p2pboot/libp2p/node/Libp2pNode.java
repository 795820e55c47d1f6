package io.p2pboot.libp2p.node;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.ConnectionListener;
import io.p2pboot.libp2p.DatagramProtocol;
import io.p2pboot.libp2p.HandlerFailures;
import io.p2pboot.libp2p.NodeObserver;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.PeerRouting;
import io.p2pboot.libp2p.PeerStore;
import io.p2pboot.libp2p.Protocol;
import io.p2pboot.libp2p.ProtocolHost;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamProtocol;
import io.p2pboot.libp2p.blocking.BlockingCalls;
import io.p2pboot.libp2p.blocking.BlockingStream;
import io.p2pboot.libp2p.crypto.PublicKey;
import io.p2pboot.libp2p.crypto.SignedEnvelope;
import io.p2pboot.libp2p.eventlog.EventLog;
import io.p2pboot.libp2p.eventlog.FailureLog;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.netty.StreamChannel;
import io.p2pboot.libp2p.netty.StreamInitializer;
import io.p2pboot.libp2p.protocol.datagram.DatagramFlow;
import io.p2pboot.libp2p.protocol.datagram.DatagramService;
import io.p2pboot.libp2p.swarm.Swarm;
import io.p2pboot.libp2p.transport.AddressResolver;
import io.p2pboot.libp2p.transport.EventLoops;
import org.slf4j.LoggerFactory;

/**
 * The node. Any thread; its life cycle is guarded by {@code lifecycle}.
 */
final class Libp2pNode implements NettyNode, ProtocolHost {

	/** How long unbinding a port, or freeing what a transport holds, is waited for. */
	private static final long END_TIMEOUT_MILLIS = 5_000;

	/** How long event loops tell each other of ends before they go. */
	private static final long QUIET_MILLIS = 20;

	enum State {

		/** Built or stopped; left by start and close. */
		STOPPED,

		/** Left by drain, stop and close. */
		RUNNING,

		/** Refuses what is inbound; left by start, stop and close. */
		DRAINING,

		/** Final. */
		CLOSED

	}

	private final EventLog log = new EventLog(LoggerFactory.getLogger(Libp2pNode.class));

	private final HandlerFailures failures = new FailureLog(LoggerFactory.getLogger(Libp2pNode.class));

	private final NodeConfig config;

	private final PeerId peerId;

	private final EventLoops eventLoops;

	private final AddressResolver resolver;

	private final Swarm swarm;

	private final HandlerThreads threads;

	private final LocalAddresses addresses;

	private final ObservedAddresses observed;

	private final OpenStreams openStreams = new OpenStreams();

	private final Map<ProtocolPath, Protocol> mounted = new ConcurrentHashMap<>();

	private final DialSources sources;

	private final BuiltInProtocols builtIn;

	private final DatagramService datagrams;

	private final ReentrantLock lifecycle = new ReentrantLock();

	private volatile State state = State.STOPPED;

	Libp2pNode(NodeConfig config) {
		this.config = config;
		this.peerId = PeerId.of(config.identity().publicKey());
		this.eventLoops = EventLoops.create(config.eventLoopThreads());
		this.threads = HandlerThreads.create();
		this.resolver = config.dnsServer()
			.map((server) -> AddressResolver.create(this.eventLoops, server))
			.orElseGet(() -> AddressResolver.create(this.eventLoops));
		this.swarm = new Swarm(config.identity(), config.swarm(), config.transports(), this.eventLoops, this.resolver,
				this.threads.events(), config.observer(), config.clock());
		this.sources = new DialSources(config.peerStore(), this.threads.routings(), this.eventLoops.group());
		this.observed = new ObservedAddresses(this.swarm::listenAddresses);
		this.addresses = new LocalAddresses(config.identity(), config.announce(), config.clock(),
				this.swarm::listenAddresses, this.observed::confirmed,
				new HostAddresses(this.eventLoops.group().next().ticker()::nanoTime));
		this.builtIn = new BuiltInProtocols(this, this.eventLoops.group().next());
		this.datagrams = new DatagramService(this, config.maxDatagramBytes());
		if (this.swarm.takeDatagrams(this.datagrams::attach)) {
			serve(DatagramService.CONTROL, this.datagrams::acceptControl);
		}
		this.builtIn.mount();
		this.swarm.addDirectListener(this.builtIn);
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
		BlockingCalls.checkThread("start");
		this.lifecycle.lock();
		try {
			checkNotClosed();
			if (this.state == State.RUNNING) {
				return;
			}
			this.swarm.running(true);
			this.swarm.accepting(true);
			this.state = State.RUNNING;
			bindAll();
		}
		finally {
			this.lifecycle.unlock();
		}
	}

	private void bindAll() throws IOException {
		try {
			new Binding(this.swarm::listen, HostAddresses::haveIp6, END_TIMEOUT_MILLIS).bind(this.config.listen());
			this.builtIn.changed();
		}
		catch (IOException | RuntimeException ex) {
			halt(Duration.ZERO);
			throw ex;
		}
	}

	@Override
	public boolean drain(Duration grace) {
		if (grace.isNegative()) {
			throw new IllegalArgumentException("The grace period must not be negative, was " + grace);
		}
		BlockingCalls.checkThread("drain");
		this.lifecycle.lock();
		try {
			if (this.state != State.RUNNING) {
				return true;
			}
			this.state = State.DRAINING;
			this.swarm.accepting(false);
			List<Future<Void>> closing = this.swarm.stopListening();
			boolean drained = awaitStreams(grace);
			closing.forEach((future) -> BlockingCalls.awaitEnd(future, END_TIMEOUT_MILLIS));
			return drained;
		}
		finally {
			this.lifecycle.unlock();
		}
	}

	@Override
	public boolean isDraining() {
		return this.state == State.DRAINING;
	}

	@Override
	public void stop() {
		BlockingCalls.checkThread("stop");
		this.lifecycle.lock();
		try {
			if (isRunning()) {
				halt(this.config.shutdownGrace());
			}
		}
		finally {
			this.lifecycle.unlock();
		}
	}

	private void halt(Duration grace) {
		this.state = State.STOPPED;
		this.swarm.accepting(false);
		List<Future<?>> ending = new ArrayList<>(this.swarm.closeListeners());
		awaitStreams(grace);
		this.swarm.running(false);
		this.swarm.connections().forEach((connection) -> ending.add(this.swarm.close(connection)));
		ending.forEach((future) -> BlockingCalls.awaitEnd(future, END_TIMEOUT_MILLIS));
	}

	private boolean awaitStreams(Duration grace) {
		boolean drained = this.openStreams.awaitEmpty(grace.toNanos());
		if (!drained) {
			this.log.info("stop", "Resetting {} streams that were still served after {} ms", this.openStreams.size(),
					grace.toMillis());
			this.openStreams.resetAll();
		}
		return drained;
	}

	@Override
	public void close() {
		BlockingCalls.checkThread("close");
		this.lifecycle.lock();
		try {
			if (this.state == State.CLOSED) {
				return;
			}
			if (isRunning()) {
				halt(this.config.shutdownGrace());
			}
			this.state = State.CLOSED;
			this.builtIn.close();
			List.copyOf(this.mounted.keySet()).forEach(this::unmountProtocol);
			this.swarm.closeTransports().forEach((future) -> BlockingCalls.awaitEnd(future, END_TIMEOUT_MILLIS));
			this.resolver.close();
			Future<?> loops = this.eventLoops.group()
				.shutdownGracefully(QUIET_MILLIS, END_TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
			BlockingCalls.awaitEnd(loops, 2 * END_TIMEOUT_MILLIS);
			// Not before: the end of each connection is told there.
			this.threads.end();
		}
		finally {
			this.lifecycle.unlock();
		}
	}

	@Override
	public boolean isRunning() {
		State now = this.state;
		return now == State.RUNNING || now == State.DRAINING;
	}

	private void checkNotClosed() {
		if (this.state == State.CLOSED) {
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
		return this.swarm.listenAddresses();
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
		return this.threads.handlers();
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

	// Protocols.

	@Override
	public <P extends Protocol> P mountProtocol(ProtocolPath path, P protocol) {
		checkNotClosed();
		if (this.mounted.putIfAbsent(path, protocol) != null) {
			throw new IllegalStateException("The path " + path + " is taken");
		}
		try {
			mount(path, protocol);
		}
		catch (RuntimeException ex) {
			this.mounted.remove(path, protocol);
			throw ex;
		}
		this.builtIn.changed();
		return protocol;
	}

	private void mount(ProtocolPath path, Protocol protocol) {
		if (protocol instanceof StreamProtocol streams) {
			serve(path, (stream) -> deliver(streams, stream), () -> streams.mounted(this, path));
		}
		else if (protocol instanceof DatagramProtocol datagrams) {
			serve(path, this.datagrams::accept, () -> datagrams.mounted(this, path));
			this.datagrams.serve(path, datagrams::deliver);
		}
	}

	/** First the path, then the protocol: a mount that fails leaves neither taken. */
	private void serve(ProtocolPath path, StreamInitializer initializer, Runnable mounted) {
		serve(path, initializer);
		try {
			mounted.run();
		}
		catch (IllegalStateException ex) {
			this.swarm.unmount(path);
			throw ex;
		}
	}

	@Override
	public void mountStreams(ProtocolPath path, StreamInitializer initializer) {
		checkNotClosed();
		serve(path, initializer);
		this.builtIn.changed();
	}

	private void serve(ProtocolPath path, StreamInitializer initializer) {
		if (!this.swarm.mount(path, initializer)) {
			throw new IllegalStateException("The path " + path + " is taken");
		}
	}

	private void deliver(StreamProtocol protocol, StreamChannel channel) {
		Stream stream = BlockingStream.over(channel);
		this.openStreams.add(stream);
		channel.channel().closeFuture().addListener((closed) -> this.openStreams.remove(stream));
		protocol.deliver(stream);
	}

	@Override
	public void unmountProtocol(ProtocolPath path) {
		Protocol protocol = this.mounted.remove(path);
		this.swarm.unmount(path);
		if (protocol instanceof StreamProtocol streams) {
			streams.unmounted();
		}
		else if (protocol instanceof DatagramProtocol datagrams) {
			datagrams.unmounted();
			this.datagrams.unserve(path);
		}
		this.builtIn.changed();
	}

	@Override
	public <R extends PeerRouting> R mountRouting(R routing) {
		checkNotClosed();
		List<ProtocolPath> paths = new ArrayList<>();
		try {
			routing.protocols().forEach((path, protocol) -> {
				mountProtocol(path, protocol);
				paths.add(path);
			});
			routing.mounted(this);
		}
		catch (RuntimeException ex) {
			paths.forEach(this::unmountProtocol);
			throw ex;
		}
		this.sources.add(routing);
		return routing;
	}

	@Override
	public Set<ProtocolPath> protocols() {
		return this.swarm.protocols();
	}

	// Connections.

	@Override
	public void connect(AddrInfo peer) throws IOException {
		connect(peer, this.config.swarm().dialTimeout());
	}

	@Override
	public void connect(AddrInfo peer, Duration timeout) throws IOException {
		BlockingCalls.await(connectAsync(peer, timeout), "connect to " + peer.id());
	}

	@Override
	public Future<Connection> connectAsync(AddrInfo peer) {
		return connectAsync(peer, this.config.swarm().dialTimeout());
	}

	private Future<Connection> connectAsync(AddrInfo peer, Duration timeout) {
		checkRunning();
		if (timeout.isNegative() || timeout.isZero()) {
			throw new IllegalArgumentException("The timeout must be positive, was " + timeout);
		}
		if (peer.id().equals(this.peerId)) {
			throw new IllegalArgumentException("The peer " + peer.id() + " is this node");
		}
		return this.swarm.connect(peer.id(), this.sources.of(peer), timeout);
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

	// Streams.

	@Override
	public Future<StreamChannel> openStream(Connection connection, List<ProtocolPath> protocols,
			StreamInitializer initializer) {
		if (protocols.isEmpty()) {
			throw new IllegalArgumentException("At least one protocol has to be proposed");
		}
		boolean optimistic = protocols.size() == 1
				&& peerStore().protocols(connection.remotePeer()).contains(protocols.get(0));
		return this.swarm.openStream(connection, protocols, optimistic, initializer);
	}

	@Override
	public Stream openStream(AddrInfo peer, ProtocolPath path) throws IOException {
		Connection connection = connected(peer);
		BlockingOpen open = new BlockingOpen();
		BlockingCalls.await(openStream(connection, List.of(path), open), "open a stream of " + path);
		return open.stream();
	}

	private Connection connected(AddrInfo peer) throws IOException {
		Optional<Connection> present = connection(peer.id());
		return present.isPresent() ? present.get() : BlockingCalls.await(connectAsync(peer), "connect to " + peer.id());
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
	public Duration ping(AddrInfo peer) throws IOException {
		Connection connection = connected(peer);
		return BlockingCalls.await(pingAsync(connection, 1), "ping " + peer.id()).get(0);
	}

	@Override
	public Future<List<Duration>> pingAsync(Connection connection, int times) {
		return this.builtIn.ping(connection, times);
	}

	// Datagrams.

	@Override
	public void sendDatagram(AddrInfo peer, ProtocolPath path, ByteBuffer payload) throws IOException {
		BlockingCalls.checkThread("send of a datagram");
		Optional<DatagramFlow> open = this.datagrams.flow(peer.id(), path);
		DatagramFlow flow = open.isPresent() ? open.get()
				: BlockingCalls.await(this.datagrams.open(connected(peer), path), "open a flow of " + path);
		flow.send(payload);
	}

	@Override
	public OptionalInt maxDatagramBytes(AddrInfo peer, ProtocolPath path) {
		return this.datagrams.maxBytes(peer.id(), path);
	}

	@Override
	public String toString() {
		return "Node[" + this.peerId + ", " + this.state + "]";
	}

}

package io.p2pboot.libp2p.node;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

import io.p2pboot.libp2p.ConnectionGater;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.NodeObserver;
import io.p2pboot.libp2p.PeerStore;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.muxer.Muxer;
import io.p2pboot.libp2p.muxer.yamux.YamuxConfig;
import io.p2pboot.libp2p.muxer.yamux.YamuxMuxer;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.netty.NodeService;
import io.p2pboot.libp2p.peerstore.FilePeerStore;
import io.p2pboot.libp2p.peerstore.InMemoryPeerStore;
import io.p2pboot.libp2p.protocol.datagram.DatagramService;
import io.p2pboot.libp2p.resource.AddressLimits;
import io.p2pboot.libp2p.resource.ConnectionLimits;
import io.p2pboot.libp2p.resource.ConnectionMarks;
import io.p2pboot.libp2p.resource.ResourceLimits;
import io.p2pboot.libp2p.resource.StreamLimits;
import io.p2pboot.libp2p.security.SecurityProtocol;
import io.p2pboot.libp2p.security.noise.NoiseSecurity;
import io.p2pboot.libp2p.security.tls.TlsSecurity;
import io.p2pboot.libp2p.swarm.SwarmConfig;
import io.p2pboot.libp2p.transport.Transport;
import io.p2pboot.libp2p.transport.quic.QuicTransport;
import io.p2pboot.libp2p.transport.tcp.TcpTransport;

/**
 * Builds a {@link Node}. Every setting has a default: a new Ed25519 identity, no
 * listener, the TCP transport and, where its native library is there, QUIC, Noise then
 * TLS, yamux. Not thread-safe; one builder may build one node, since transports belong to
 * their node.
 */
public final class NodeBuilder {

	/** How long {@link Node#stop} waits for streams that are served, unless set. */
	public static final Duration DEFAULT_SHUTDOWN_GRACE = Duration.ofSeconds(20);

	/** How long a handler waits for the first byte of its stream, unless set. */
	public static final Duration DEFAULT_FIRST_BYTE_TIMEOUT = Duration.ofMinutes(2);

	private Optional<PrivateKey> identity = Optional.empty();

	private final List<Multiaddr> listen = new ArrayList<>();

	private final List<Multiaddr> announce = new ArrayList<>();

	private final List<Transport> transports = new ArrayList<>();

	private final List<Transport> addedTransports = new ArrayList<>();

	private final List<SecurityProtocol> security = new ArrayList<>();

	private final List<Supplier<Muxer>> muxers = new ArrayList<>();

	private String agentVersion = "p2pboot";

	private Duration dialTimeout = SwarmConfig.DEFAULT_DIAL_TIMEOUT;

	private Duration upgradeTimeout = SwarmConfig.DEFAULT_UPGRADE_TIMEOUT;

	private Duration negotiationTimeout = SwarmConfig.DEFAULT_NEGOTIATION_TIMEOUT;

	private Duration shutdownGrace = DEFAULT_SHUTDOWN_GRACE;

	private Duration firstByteTimeout = DEFAULT_FIRST_BYTE_TIMEOUT;

	private ConnectionLimits limits = ResourceLimits.ofProcess();

	private AddressLimits addressLimits = AddressLimits.DEFAULT;

	private Optional<StreamLimits> streamLimits = Optional.empty();

	private int descriptors = ResourceLimits.defaultDescriptors();

	private Optional<ConnectionMarks> marks = Optional.empty();

	private final List<ConnectionGater> gaters = new ArrayList<>();

	private boolean privateNames;

	private YamuxConfig yamux = YamuxConfig.DEFAULT;

	private final List<NodeObserver> observers = new ArrayList<>();

	private Optional<PeerStore> peerStore = Optional.empty();

	private Clock clock = Clock.systemUTC();

	private int eventLoopThreads;

	private int maxDatagramBytes = DatagramService.DEFAULT_MAX_BYTES;

	private Optional<InetSocketAddress> dnsServer = Optional.empty();

	private final List<NodeService> services = new ArrayList<>();

	private NodeBuilder() {
	}

	/**
	 * Begins a node with defaults.
	 * @return the builder
	 */
	public static NodeBuilder create() {
		return new NodeBuilder();
	}

	/**
	 * Sets the identity.
	 * @param identity the key
	 * @return this builder
	 */
	public NodeBuilder identity(PrivateKey identity) {
		this.identity = Optional.of(identity);
		return this;
	}

	/**
	 * Adds addresses to listen on.
	 * @param addresses the addresses; port 0 for any port
	 * @return this builder
	 */
	public NodeBuilder listen(List<Multiaddr> addresses) {
		this.listen.addAll(addresses);
		return this;
	}

	/**
	 * Adds an address to listen on.
	 * @param address the address as text; port 0 for any port
	 * @return this builder
	 * @throws IllegalArgumentException if it is not a multiaddr
	 */
	public NodeBuilder listen(String address) {
		return listen(List.of(Multiaddr.parse(address)));
	}

	/**
	 * Sets the addresses to tell others instead of the bound ones.
	 * @param addresses the addresses
	 * @return this builder
	 */
	public NodeBuilder announce(List<Multiaddr> addresses) {
		this.announce.addAll(addresses);
		return this;
	}

	/**
	 * Sets the name and version that identify tells.
	 * @param agentVersion for example {@code my-service/1.4.0}
	 * @return this builder
	 */
	public NodeBuilder agentVersion(String agentVersion) {
		this.agentVersion = agentVersion;
		return this;
	}

	/**
	 * Adds a transport to those that there are: to the default ones, or to those of
	 * {@link #transport}.
	 * @param transport the transport, given to no other node
	 * @return this builder
	 */
	public NodeBuilder addTransport(Transport transport) {
		this.addedTransports.add(transport);
		return this;
	}

	/**
	 * Adds a transport; the first call replaces the default. {@link #addTransport} keeps
	 * it.
	 * @param transport the transport, given to no other node
	 * @return this builder
	 */
	public NodeBuilder transport(Transport transport) {
		this.transports.add(transport);
		return this;
	}

	/**
	 * Returns the transports that were added.
	 * @return the transports, in the order in which they were added; empty while the
	 * default applies
	 */
	public List<Transport> transports() {
		return List.copyOf(this.transports);
	}

	/**
	 * Adds a security protocol, after those added before; the first call replaces the
	 * default.
	 * @param protocol the protocol
	 * @return this builder
	 */
	public NodeBuilder security(SecurityProtocol protocol) {
		this.security.add(protocol);
		return this;
	}

	/**
	 * Adds a muxer, after those added before; the first call replaces the default.
	 * @param muxer the muxer
	 * @return this builder
	 */
	public NodeBuilder muxer(Muxer muxer) {
		this.muxers.add(() -> muxer);
		return this;
	}

	/**
	 * Adds yamux, after the muxers added before, as {@link #yamux} and {@link #limits}
	 * set it, whether they are called before or after; the first call replaces the
	 * default.
	 * @return this builder
	 */
	public NodeBuilder addYamux() {
		this.muxers.add(this::createYamux);
		return this;
	}

	/**
	 * Sets how yamux behaves; its limits are those of {@link #limits}.
	 * @param yamux the settings
	 * @return this builder
	 */
	public NodeBuilder yamux(YamuxConfig yamux) {
		this.yamux = yamux;
		return this;
	}

	/**
	 * Sets how long connecting to a peer may take in all.
	 * @param timeout the time, positive
	 * @return this builder
	 */
	public NodeBuilder dialTimeout(Duration timeout) {
		this.dialTimeout = timeout;
		return this;
	}

	/**
	 * Sets how long securing and multiplexing one connection may take.
	 * @param timeout the time, positive
	 * @return this builder
	 */
	public NodeBuilder upgradeTimeout(Duration timeout) {
		this.upgradeTimeout = timeout;
		return this;
	}

	/**
	 * Sets how long negotiating one stream may take.
	 * @param timeout the time, positive
	 * @return this builder
	 */
	public NodeBuilder negotiationTimeout(Duration timeout) {
		this.negotiationTimeout = timeout;
		return this;
	}

	/**
	 * Sets how long stopping waits for streams that are served.
	 * @param grace the time, not negative
	 * @return this builder
	 */
	public NodeBuilder shutdownGrace(Duration grace) {
		if (grace.isNegative()) {
			throw new IllegalArgumentException("The grace period must not be negative, was " + grace);
		}
		this.shutdownGrace = grace;
		return this;
	}

	/**
	 * Sets how long a blocking read of a stream that a peer opened waits for the first
	 * byte of all, unless the handler has set a read time-out: so long can a peer that
	 * says nothing keep a thread. Then the stream is reset with
	 * {@link io.p2pboot.libp2p.ErrorCode#GARBAGE_COLLECTED}. Later reads wait for as long
	 * as the handler says.
	 * @param timeout the time, not negative; zero for no limit;
	 * {@link #DEFAULT_FIRST_BYTE_TIMEOUT} by default
	 * @return this builder
	 * @throws IllegalArgumentException if the time is negative
	 */
	public NodeBuilder firstByteTimeout(Duration timeout) {
		if (timeout.isNegative()) {
			throw new IllegalArgumentException("The time for the first byte must not be negative, was " + timeout);
		}
		this.firstByteTimeout = timeout;
		return this;
	}

	/**
	 * Sets the limits.
	 * @param limits the limits
	 * @return this builder
	 */
	public NodeBuilder limits(ConnectionLimits limits) {
		this.limits = limits;
		return this;
	}

	/**
	 * Sets how many connections one address may open.
	 * @param limits the limits; {@link AddressLimits#NONE} behind a proxy that all
	 * connections come from
	 * @return this builder
	 */
	public NodeBuilder addressLimits(AddressLimits limits) {
		this.addressLimits = limits;
		return this;
	}

	/**
	 * Sets how many streams each scope may have.
	 * @param limits the limits; unless set they follow those on connections
	 * @return this builder
	 */
	public NodeBuilder streamLimits(StreamLimits limits) {
		this.streamLimits = Optional.of(limits);
		return this;
	}

	/**
	 * Sets how many file descriptors connections may use before no more inbound ones are
	 * let in.
	 * @param descriptors how many, positive; half of those of the process unless set
	 * @return this builder
	 */
	public NodeBuilder descriptors(int descriptors) {
		this.descriptors = descriptors;
		return this;
	}

	/**
	 * Sets when connections are closed because there are many; the limit on connections
	 * decides unless this is called.
	 * @param marks the marks
	 * @return this builder
	 */
	public NodeBuilder connectionMarks(ConnectionMarks marks) {
		this.marks = Optional.of(marks);
		return this;
	}

	/**
	 * Adds a gater, which says who may connect. Where there are several, all have to
	 * agree.
	 * @param gater the gater, for example {@link io.p2pboot.libp2p.AccessLists}
	 * @return this builder
	 */
	public NodeBuilder gater(ConnectionGater gater) {
		this.gaters.add(gater);
		return this;
	}

	/**
	 * Sets whether names that other peers told may lead to addresses of private networks,
	 * as they do where nodes announce the names of a cluster. Names that the application
	 * dials itself may always. Nobody's name leads to this host.
	 * @param privateNames whether they may; not by default
	 * @return this builder
	 */
	public NodeBuilder privateNames(boolean privateNames) {
		this.privateNames = privateNames;
		return this;
	}

	/**
	 * Adds what measures the node. Several are told in the order in which they were
	 * added.
	 * @param observer the observer
	 * @return this builder
	 */
	public NodeBuilder observer(NodeObserver observer) {
		this.observers.add(observer);
		return this;
	}

	/**
	 * Sets what is known of peers: in memory by default, in a file with a
	 * {@link FilePeerStore}.
	 * @param peerStore the store; one with a file is given to no other node, and closed
	 * with this one
	 * @return this builder
	 */
	public NodeBuilder peerStore(PeerStore peerStore) {
		this.peerStore = Optional.of(peerStore);
		return this;
	}

	/**
	 * Sets the wall clock.
	 * @param clock the clock
	 * @return this builder
	 */
	public NodeBuilder clock(Clock clock) {
		this.clock = clock;
		return this;
	}

	/**
	 * Sets how many event loops there are.
	 * @param threads how many threads; 0 for one a core, which is the default
	 * @return this builder
	 */
	public NodeBuilder eventLoopThreads(int threads) {
		this.eventLoopThreads = threads;
		return this;
	}

	/**
	 * Sets the largest datagram that travels on a stream, in either direction: a peer
	 * that sends a larger one has its stream reset, so raise it on both sides.
	 * @param bytes the size, 1 to {@value DatagramService#LARGEST_MAX_BYTES} bytes;
	 * {@value DatagramService#DEFAULT_MAX_BYTES} by default
	 * @return this builder
	 * @throws IllegalArgumentException if the size is out of range
	 */
	public NodeBuilder maxDatagramBytes(int bytes) {
		if (bytes < 1 || bytes > DatagramService.LARGEST_MAX_BYTES) {
			throw new IllegalArgumentException(
					"maxDatagramBytes is 1 to " + DatagramService.LARGEST_MAX_BYTES + ", was " + bytes);
		}
		this.maxDatagramBytes = bytes;
		return this;
	}

	/**
	 * Sets which name server is asked for the names in addresses; the system's are if
	 * this is not called.
	 * @param server the IP address and port of the server
	 * @return this builder
	 */
	public NodeBuilder dnsServer(InetSocketAddress server) {
		this.dnsServer = Optional.of(server);
		return this;
	}

	/**
	 * Adds a service, which starts and stops with the node, after those added before and
	 * after identify, ping and datagrams.
	 * @param service the service, given to no other node
	 * @return this builder
	 */
	public NodeBuilder service(NodeService service) {
		this.services.add(service);
		return this;
	}

	/**
	 * Builds the node and starts it.
	 * @return the running node
	 * @throws IOException if an address could not be bound
	 */
	public NettyNode start() throws IOException {
		NettyNode node = build();
		try {
			node.start();
			return node;
		}
		catch (IOException | RuntimeException ex) {
			node.close();
			throw ex;
		}
	}

	/**
	 * Builds the node; {@link Node#start} binds it. Blocks for the milliseconds in which
	 * the security protocols prepare themselves.
	 * @return the node
	 */
	public NettyNode build() {
		List<Transport> transports = new ArrayList<>(this.transports.isEmpty() ? defaultTransports() : this.transports);
		transports.addAll(this.addedTransports);
		List<SecurityProtocol> security = this.security.isEmpty()
				? List.of(new NoiseSecurity(), TlsSecurity.create(this.clock)) : this.security;
		List<Muxer> muxers = this.muxers.isEmpty() ? List.of(createYamux())
				: this.muxers.stream().map(Supplier::get).toList();
		SwarmConfig swarm = new SwarmConfig(security, muxers, this.dialTimeout, this.upgradeTimeout,
				this.negotiationTimeout,
				new ResourceLimits(this.limits, this.addressLimits,
						this.streamLimits.orElseGet(() -> StreamLimits.of(this.limits)), this.descriptors),
				this.marks.orElseGet(() -> ConnectionMarks.of(this.limits.connections())), new Gaters(this.gaters),
				this.privateNames, BuiltInProtocols.URGENT);
		PrivateKey identity = this.identity.orElseGet(PrivateKey::generate);
		List<String> muxerIds = muxers.stream().map(Muxer::id).toList();
		security.forEach((protocol) -> protocol.prepare(identity, muxerIds));
		return new Libp2pNode(new NodeConfig(identity, List.copyOf(this.listen), List.copyOf(this.announce),
				this.agentVersion, List.copyOf(transports), swarm, GuardedObservers.of(this.observers),
				this.peerStore.orElseGet(() -> InMemoryPeerStore.create(this.clock)), this.clock, this.shutdownGrace,
				this.firstByteTimeout, this.eventLoopThreads, this.maxDatagramBytes, this.dnsServer,
				List.copyOf(this.services)));
	}

	private static List<Transport> defaultTransports() {
		return QuicTransport.isAvailable() ? List.of(new QuicTransport(), new TcpTransport())
				: List.of(new TcpTransport());
	}

	private Muxer createYamux() {
		return new YamuxMuxer(this.yamux.withLimits(this.limits.inboundStreamsPerConnection(),
				this.limits.unreadBytesPerConnection()));
	}

}

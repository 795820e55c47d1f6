package io.p2pboot.libp2p.autoconfigure;

import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

import io.p2pboot.libp2p.ConnectionGater;
import io.p2pboot.libp2p.DialPort;
import io.p2pboot.libp2p.NodeObserver;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.PeerStore;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.muxer.Muxer;
import io.p2pboot.libp2p.muxer.yamux.YamuxConfig;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.node.NodeBuilder;
import io.p2pboot.libp2p.resource.AddressLimits;
import io.p2pboot.libp2p.resource.ConnectionLimits;
import io.p2pboot.libp2p.resource.ConnectionMarks;
import io.p2pboot.libp2p.resource.ResourceLimits;
import io.p2pboot.libp2p.resource.StreamLimits;
import io.p2pboot.libp2p.security.SecurityProtocol;
import io.p2pboot.libp2p.security.noise.NoiseSecurity;
import io.p2pboot.libp2p.security.tls.TlsSecurity;
import io.p2pboot.libp2p.spring.NodeCustomizer;
import io.p2pboot.libp2p.transport.Transport;
import io.p2pboot.libp2p.transport.memory.MemoryNetwork;
import io.p2pboot.libp2p.transport.memory.MemoryTransport;
import io.p2pboot.libp2p.transport.quic.QuicConfig;
import io.p2pboot.libp2p.transport.tcp.TcpTransport;
import io.p2pboot.libp2p.transport.websocket.WebSocketConfig;
import io.p2pboot.libp2p.transport.websocket.WebSocketTransport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.context.properties.PropertyMapper;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.core.env.Environment;
import org.springframework.util.StringUtils;
import org.springframework.util.unit.DataSize;

/**
 * Builds the node out of properties and beans. Used once, while the context starts.
 *
 * @param properties the properties
 * @param environment where the application's name is
 * @param sslBundles the SSL bundles
 * @param transports transports that beans bring
 * @param security security protocols that beans bring
 * @param muxers multiplexers that beans bring
 * @param observers what measures the node
 * @param peerStore what is known of peers
 * @param memoryNetwork the network of the memory transport
 * @param bootstrap the peers to connect to
 * @param gaters what says who may connect
 * @param customizers what sees the builder last
 * @param quic makes the QUIC transport; throws where its native library does not load
 */
record NodeFactory(Libp2pProperties properties, Environment environment, ObjectProvider<SslBundles> sslBundles,
		ObjectProvider<Transport> transports, ObjectProvider<SecurityProtocol> security, ObjectProvider<Muxer> muxers,
		ObjectProvider<NodeObserver> observers, ObjectProvider<PeerStore> peerStore,
		ObjectProvider<MemoryNetwork> memoryNetwork, Libp2pConnectionDetails bootstrap,
		ObjectProvider<ConnectionGater> gaters, ObjectProvider<NodeCustomizer> customizers,
		Function<QuicConfig, Transport> quic) {

	/** The reason for which the peers of the property are protected. */
	private static final String PROTECTED = "libp2p.connections.protected-peers";

	/** How many more connections than an address a site of IPv6 may open at once. */
	private static final int SITE_BURST = 5;

	private static final Logger logger = LoggerFactory.getLogger(NodeFactory.class);

	NettyNode create(PrivateKey identity) {
		PropertyRanges.check(this.properties);
		NodeBuilder builder = NodeBuilder.create().identity(identity);
		String name = this.environment.getProperty("spring.application.name");
		PropertyMapper map = PropertyMapper.get();
		map.from(StringUtils.hasText(name) ? name : null).to(builder::agentVersion);
		map.from(this.properties::agentVersion).to(builder::agentVersion);
		Optional<String> quicProblem = addTransports(builder, this.properties.transport());
		ConfiguredAddresses addresses = new ConfiguredAddresses(this.environment, this.properties,
				PeerId.of(identity.publicKey()), quicProblem);
		builder.listen(addresses.listen()).announce(this.properties.announce());
		setLimits(builder);
		addSecurity(builder);
		addMuxers(builder);
		this.peerStore.ifAvailable(builder::peerStore);
		this.observers.orderedStream().forEach(builder::observer);
		this.gaters.orderedStream().forEach(builder::gater);
		this.customizers.orderedStream().forEach((customizer) -> customizer.customize(builder));
		if (builder.transports().isEmpty()) {
			throw noTransport(quicProblem);
		}
		addresses.check(builder.transports(), this.bootstrap.bootstrapPeers() == this.properties.bootstrap().peers());
		NettyNode node = builder.build();
		this.properties.connections()
			.protectedPeers()
			.forEach((peer) -> node.connectionManager().protect(peer, PROTECTED));
		return node;
	}

	private void setLimits(NodeBuilder builder) {
		builder.dialTimeout(this.properties.dial().timeout());
		builder.upgradeTimeout(this.properties.connections().upgradeTimeout());
		builder.negotiationTimeout(this.properties.streams().negotiationTimeout());
		builder.firstByteTimeout(this.properties.streams().firstByteTimeout());
		builder.shutdownGrace(this.properties.shutdown().gracePeriod());
		builder.limits(limits(this.properties.limits()));
		builder.streamLimits(streamLimits(this.properties.limits()));
		builder.descriptors(orElse(this.properties.limits().descriptors(), ResourceLimits.defaultDescriptors()));
		builder.addressLimits(addressLimits(this.properties.connections()));
		builder.connectionMarks(marks(this.properties));
		builder.privateNames(this.properties.dial().privateNames());
		builder.maxDatagramBytes(bytes(this.properties.datagrams().maxSize()));
		builder.eventLoopThreads(this.properties.eventLoopThreads());
		String server = this.properties.dns().server();
		if (server != null) {
			builder.dnsServer(NameServer.parse(server));
		}
	}

	private static InvalidSettingException noTransport(Optional<String> quicProblem) {
		return new InvalidSettingException("libp2p.transport", null,
				quicProblem.map((problem) -> "no transport but QUIC is switched on, and it cannot be used: " + problem)
					.orElse("every transport is switched off: the node could neither listen nor dial"),
				"Set " + Arrays.stream(TransportSwitch.values())
					.map((each) -> each.property() + "=true")
					.collect(Collectors.joining(" or ")) + ". For an application without a node set "
						+ "libp2p.enabled=false.",
				null);
	}

	/** Returns why QUIC cannot be used, if it is switched on and cannot. */
	private Optional<String> addTransports(NodeBuilder builder, Libp2pProperties.Transports transports) {
		Optional<String> quicProblem = Optional.empty();
		if (transports.quic().enabled()) {
			try {
				builder.transport(this.quic.apply(quic(transports.quic())));
			}
			catch (IllegalStateException ex) {
				quicProblem = Optional.of(Objects.toString(ex.getMessage(), ex.toString()));
				logger.info("This node is without QUIC: {}", ex.getMessage());
			}
		}
		if (transports.tcp().enabled()) {
			DialPort port = transports.tcp().reusePort() ? DialPort.REUSE : DialPort.NEW;
			builder.transport(new TcpTransport(transports.tcp().connectTimeout(), port));
		}
		if (transports.websocket().enabled()) {
			builder.transport(webSocket(transports.websocket()));
		}
		else if (StringUtils.hasText(transports.websocket().ssl().bundle())) {
			logger.warn("libp2p.transport.websocket.ssl.bundle has no effect: {} is false",
					TransportSwitch.WEBSOCKET.property());
		}
		if (transports.memory().enabled()) {
			builder.transport(new MemoryTransport(this.memoryNetwork.getIfAvailable(MemoryNetwork::global)));
		}
		this.transports.orderedStream().forEach(builder::transport);
		return quicProblem;
	}

	private void addSecurity(NodeBuilder builder) {
		List<SecurityProtocol> brought = this.security.orderedStream().toList();
		if (this.properties.security().isEmpty() && brought.isEmpty()) {
			throw new InvalidSettingException("libp2p.security", "",
					"a node needs a security protocol, and there is no bean of type SecurityProtocol",
					"Set it to noise, to tls, or to both in order of preference; or remove the property.", null);
		}
		this.properties.security().stream().distinct().forEach((protocol) -> builder.security(security(protocol)));
		brought.forEach(builder::security);
	}

	private void addMuxers(NodeBuilder builder) {
		List<Muxer> brought = this.muxers.orderedStream().toList();
		if (this.properties.muxers().isEmpty() && brought.isEmpty()) {
			throw new InvalidSettingException("libp2p.muxers", "",
					"a node needs a multiplexer, and there is no bean of type Muxer",
					"Set it to yamux, or remove the property.", null);
		}
		builder.yamux(yamux(this.properties.yamux()));
		this.properties.muxers().stream().distinct().forEach((muxer) -> add(muxer, builder));
		brought.forEach(builder::muxer);
	}

	private static void add(Libp2pProperties.Muxer muxer, NodeBuilder builder) {
		switch (muxer) {
			case YAMUX -> builder.addYamux();
		}
	}

	private static QuicConfig quic(Libp2pProperties.Quic quic) {
		Duration halfIdle = quic.idleTimeout().dividedBy(2);
		Duration keepAlive = (halfIdle.compareTo(quic.keepAlive()) < 0) ? halfIdle : quic.keepAlive();
		return QuicConfig.DEFAULT.withTimeouts(quic.handshakeTimeout(), quic.idleTimeout(), keepAlive)
			.withStreams(quic.inboundStreams(), bytes(quic.streamWindow()), bytes(quic.connectionWindow()))
			.withSockets(bytes(quic.socketBuffer()), bytes(quic.maxPacketSize()))
			.withEventLoops(quic.eventLoops())
			.withDatagramQueue(quic.datagrams().enabled() ? quic.datagrams().maxQueue() : 0);
	}

	private WebSocketTransport webSocket(Libp2pProperties.WebSocket webSocket) {
		WebSocketConfig.Builder config = WebSocketConfig.builder()
			.connectTimeout(webSocket.connectTimeout())
			.handshakeTimeout(webSocket.handshakeTimeout());
		String bundle = webSocket.ssl().bundle();
		if (StringUtils.hasText(bundle)) {
			apply(config, bundle);
		}
		return new WebSocketTransport(config.build());
	}

	private void apply(WebSocketConfig.Builder config, String bundle) {
		SslBundles bundles = this.sslBundles.getIfAvailable();
		if (bundles == null || !bundles.getBundleNames().contains(bundle)) {
			throw PropertyRanges.invalid("transport.websocket.ssl.bundle", bundle,
					"There is no SSL bundle of this name; define it under spring.ssl.bundle.");
		}
		WebSocketTls.apply(config, bundles, bundle);
	}

	private static SecurityProtocol security(Libp2pProperties.Security protocol) {
		return switch (protocol) {
			case NOISE -> new NoiseSecurity();
			case TLS -> TlsSecurity.create(Clock.systemUTC());
		};
	}

	private static YamuxConfig yamux(Libp2pProperties.Yamux yamux) {
		return YamuxConfig.DEFAULT.withMaxWindowBytes(bytes(yamux.maxWindow()))
			.withTimes(yamux.keepAlive(), yamux.writeTimeout());
	}

	static ConnectionLimits limits(Libp2pProperties.Limits limits) {
		ConnectionLimits usual = ResourceLimits.ofProcess();
		ConnectionLimits chosen = usual.withConnections(orElse(limits.connections(), usual.connections()))
			.withConnectionsPerPeer(limits.connectionsPerPeer())
			.withInboundUpgrading(orElse(limits.inboundUpgrades(), usual.inboundUpgrading()))
			.withInboundStreams(limits.inboundStreamsPerConnection(), limits.negotiatingStreamsPerConnection());
		DataSize unread = limits.unreadPerConnection();
		return (unread != null) ? chosen.withUnreadBytesPerConnection(unread.toBytes()) : chosen;
	}

	static StreamLimits streamLimits(Libp2pProperties.Limits limits) {
		StreamLimits usual = StreamLimits.of(limits(limits));
		return usual.with(inbound(limits.inboundStreams(), usual.system()),
				inbound(limits.inboundStreamsPerPeer(), usual.peer()),
				inbound(limits.inboundStreamsPerProtocol(), usual.protocol()),
				inbound(limits.inboundStreamsPerProtocolAndPeer(), usual.protocolPeer()));
	}

	private static StreamLimits.Limit inbound(@Nullable Integer value, StreamLimits.Limit usual) {
		return (value != null) ? StreamLimits.Limit.inbound(value) : usual;
	}

	private static int orElse(@Nullable Integer value, int usual) {
		return (value != null) ? value : usual;
	}

	static AddressLimits addressLimits(Libp2pProperties.Connections connections) {
		AddressLimits.Rule address = new AddressLimits.Rule(connections.perAddress(), connections.burstPerAddress(),
				connections.intervalPerAddress());
		int siteBurst = (int) Math.min(Integer.MAX_VALUE, SITE_BURST * (long) connections.burstPerAddress());
		AddressLimits.Rule site = new AddressLimits.Rule(connections.perSite(), siteBurst,
				connections.intervalPerAddress().multipliedBy(2).dividedBy(SITE_BURST));
		return new AddressLimits(address, address, site);
	}

	static ConnectionMarks marks(Libp2pProperties properties) {
		Libp2pProperties.Connections connections = properties.connections();
		ConnectionMarks usual = ConnectionMarks.of(limits(properties.limits()).connections());
		Integer low = connections.lowMark();
		Integer high = connections.highMark();
		int highMark = (high != null) ? high : Math.max(usual.high(), (low != null) ? low : 1);
		return new ConnectionMarks((low != null) ? low : Math.min(usual.low(), highMark), highMark,
				connections.gracePeriod());
	}

	private static int bytes(DataSize size) {
		return Math.toIntExact(size.toBytes());
	}

}

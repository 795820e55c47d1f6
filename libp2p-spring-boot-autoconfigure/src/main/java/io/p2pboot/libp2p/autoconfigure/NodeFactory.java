package io.p2pboot.libp2p.autoconfigure;

import java.time.Clock;
import java.time.Duration;

import io.p2pboot.libp2p.NodeObserver;
import io.p2pboot.libp2p.PeerStore;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.muxer.yamux.YamuxConfig;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.node.NodeBuilder;
import io.p2pboot.libp2p.security.SecurityProtocol;
import io.p2pboot.libp2p.security.noise.NoiseSecurity;
import io.p2pboot.libp2p.security.tls.TlsSecurity;
import io.p2pboot.libp2p.spring.NodeCustomizer;
import io.p2pboot.libp2p.transport.Transport;
import io.p2pboot.libp2p.transport.memory.MemoryNetwork;
import io.p2pboot.libp2p.transport.memory.MemoryTransport;
import io.p2pboot.libp2p.transport.quic.QuicConfig;
import io.p2pboot.libp2p.transport.quic.QuicTransport;
import io.p2pboot.libp2p.transport.tcp.TcpTransport;
import io.p2pboot.libp2p.transport.websocket.WebSocketConfig;
import io.p2pboot.libp2p.transport.websocket.WebSocketTransport;

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
 * @param observers what measures the node
 * @param peerStore what is known of peers
 * @param memoryNetwork the network of the memory transport
 * @param customizers what sees the builder last
 */
record NodeFactory(Libp2pProperties properties, Environment environment, ObjectProvider<SslBundles> sslBundles,
		ObjectProvider<Transport> transports, ObjectProvider<SecurityProtocol> security,
		ObjectProvider<NodeObserver> observers, ObjectProvider<PeerStore> peerStore,
		ObjectProvider<MemoryNetwork> memoryNetwork, ObjectProvider<NodeCustomizer> customizers) {

	NettyNode create(PrivateKey identity) {
		PropertyRanges.check(this.properties);
		NodeBuilder builder = NodeBuilder.create().identity(identity);
		String name = this.environment.getProperty("spring.application.name");
		PropertyMapper map = PropertyMapper.get();
		map.from(StringUtils.hasText(name) ? name : null).to(builder::agentVersion);
		map.from(this.properties::agentVersion).to(builder::agentVersion);
		builder.listen(this.properties.listen()).announce(this.properties.announce());
		builder.dialTimeout(this.properties.dial().timeout());
		builder.negotiationTimeout(this.properties.streams().negotiationTimeout());
		builder.shutdownGrace(this.properties.shutdown().gracePeriod());
		builder.yamux(yamux(this.properties.yamux().maxWindow()));
		addTransports(builder, this.properties.transport());
		this.properties.security().forEach((protocol) -> builder.security(security(protocol)));
		this.security.orderedStream().forEach(builder::security);
		this.peerStore.ifAvailable(builder::peerStore);
		this.observers.orderedStream().forEach(builder::observer);
		this.customizers.orderedStream().forEach((customizer) -> customizer.customize(builder));
		return builder.build();
	}

	private void addTransports(NodeBuilder builder, Libp2pProperties.Transports transports) {
		if (transports.quic().enabled() && QuicTransport.isAvailable()) {
			builder.transport(new QuicTransport(quic(transports.quic())));
		}
		if (transports.tcp().enabled()) {
			builder.transport(new TcpTransport(transports.tcp().connectTimeout()));
		}
		if (transports.websocket().enabled()) {
			builder.transport(webSocket(transports.websocket()));
		}
		if (transports.memory().enabled()) {
			builder.transport(new MemoryTransport(this.memoryNetwork.getIfAvailable(MemoryNetwork::global)));
		}
		this.transports.orderedStream().forEach(builder::transport);
	}

	private static QuicConfig quic(Libp2pProperties.Quic quic) {
		Duration keepAlive = quic.idleTimeout().dividedBy(2);
		return QuicConfig.DEFAULT
			.withTimeouts(quic.handshakeTimeout(), quic.idleTimeout(),
					(keepAlive.compareTo(QuicConfig.DEFAULT_KEEP_ALIVE) < 0) ? keepAlive
							: QuicConfig.DEFAULT_KEEP_ALIVE)
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

	private static YamuxConfig yamux(DataSize maxWindow) {
		return YamuxConfig.DEFAULT.withMaxWindowBytes(Math.toIntExact(maxWindow.toBytes()));
	}

}

package io.p2pboot.libp2p.autoconfigure;

import java.time.Duration;
import java.util.List;
import java.util.function.IntSupplier;

import io.p2pboot.libp2p.AccessLists;
import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.ConnectionGater;
import io.p2pboot.libp2p.ConnectionListener;
import io.p2pboot.libp2p.DatagramHandler;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.NodeObserver;
import io.p2pboot.libp2p.PeerRouting;
import io.p2pboot.libp2p.PeerStore;
import io.p2pboot.libp2p.StreamHandler;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.muxer.Muxer;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.security.SecurityProtocol;
import io.p2pboot.libp2p.spring.NodeCustomizer;
import io.p2pboot.libp2p.spring.handler.HandlerRegistrar;
import io.p2pboot.libp2p.spring.topic.Libp2pTopicListenerRegistry;
import io.p2pboot.libp2p.transport.Transport;
import io.p2pboot.libp2p.transport.memory.MemoryNetwork;
import io.p2pboot.libp2p.transport.quic.QuicTransport;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.LazyInitializationExcludeFilter;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.SearchStrategy;
import org.springframework.boot.autoconfigure.context.LifecycleProperties;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.context.properties.ConfigurationPropertiesBinding;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;

/**
 * Auto-configuration of a libp2p {@link Node}: its identity, its life cycle and the peers
 * that it connects to first. Each context has its own: one in a parent does not count.
 */
@AutoConfiguration(after = SslAutoConfiguration.class)
@ConditionalOnClass(Node.class)
@ConditionalOnBooleanProperty(name = "libp2p.enabled", matchIfMissing = true)
@EnableConfigurationProperties(Libp2pProperties.class)
public final class Libp2pAutoConfiguration {

	@Bean
	static NettyVersionCheck libp2pNettyVersionCheck() {
		return new NettyVersionCheck();
	}

	@Bean
	@ConfigurationPropertiesBinding
	static TextConverters.ToMultiaddr libp2pMultiaddrConverter() {
		return new TextConverters.ToMultiaddr();
	}

	@Bean
	@ConfigurationPropertiesBinding
	static TextConverters.ToPeerId libp2pPeerIdConverter() {
		return new TextConverters.ToPeerId();
	}

	@Bean
	@ConfigurationPropertiesBinding
	static TextConverters.ToAddrInfo libp2pAddrInfoConverter() {
		return new TextConverters.ToAddrInfo();
	}

	@Bean
	@ConfigurationPropertiesBinding
	static TextConverters.ToProtocolPath libp2pProtocolPathConverter() {
		return new TextConverters.ToProtocolPath();
	}

	@Bean
	@ConfigurationPropertiesBinding
	static TextConverters.ToIpNetwork libp2pIpNetworkConverter() {
		return new TextConverters.ToIpNetwork();
	}

	@Bean
	static LazyInitializationExcludeFilter libp2pLazyInitializationExcludeFilter() {
		return LazyInitializationExcludeFilter.forBeanTypes(StreamHandler.class, DatagramHandler.class,
				Libp2pNodeLifecycle.class, Libp2pGracefulShutdownLifecycle.class, NodeExtensions.class,
				KadProtocolCheck.class);
	}

	@Bean
	@ConditionalOnMissingBean(search = SearchStrategy.CURRENT)
	Libp2pConnectionDetails libp2pConnectionDetails(Libp2pProperties properties) {
		List<AddrInfo> peers = properties.bootstrap().peers();
		return () -> peers;
	}

	@Bean
	@ConditionalOnMissingBean(search = SearchStrategy.CURRENT)
	PrivateKey libp2pIdentity(Libp2pProperties properties) {
		return NodeIdentity.load(properties.identity());
	}

	@Bean
	@ConditionalOnMissingBean(search = SearchStrategy.CURRENT)
	AccessLists libp2pAccessLists(Libp2pProperties properties) {
		AccessLists lists = new AccessLists();
		properties.gater().blockedPeers().forEach(lists::block);
		properties.gater().blockedNetworks().forEach(lists::block);
		properties.gater().allowedPeers().forEach(lists::allow);
		properties.gater().allowedNetworks().forEach(lists::allow);
		return lists;
	}

	@Bean(destroyMethod = "close")
	@ConditionalOnMissingBean(value = Node.class, search = SearchStrategy.CURRENT)
	NettyNode libp2pNode(Libp2pProperties properties, PrivateKey identity, Environment environment,
			ObjectProvider<SslBundles> sslBundles, ObjectProvider<Transport> transports,
			ObjectProvider<SecurityProtocol> security, ObjectProvider<Muxer> muxers,
			ObjectProvider<NodeObserver> observers, ObjectProvider<PeerStore> peerStore,
			ObjectProvider<MemoryNetwork> memoryNetwork, Libp2pConnectionDetails bootstrap,
			ObjectProvider<ConnectionGater> gaters, ObjectProvider<NodeCustomizer> customizers) {
		return new NodeFactory(properties, environment, sslBundles, transports, security, muxers, observers, peerStore,
				memoryNetwork, bootstrap, gaters, customizers, QuicTransport::new)
			.create(identity);
	}

	@Bean
	NodeExtensions libp2pNodeExtensions(Node node, ConfigurableListableBeanFactory beanFactory,
			ObjectProvider<PeerRouting> routings, ObjectProvider<ConnectionListener> listeners) {
		return new NodeExtensions(node, beanFactory.getParentBeanFactory(), routings, listeners);
	}

	@Bean
	@ConditionalOnMissingBean(search = SearchStrategy.CURRENT)
	Libp2pNodeLifecycle libp2pNodeLifecycle(Node node, Libp2pConnectionDetails connectionDetails,
			Libp2pProperties properties, ObjectProvider<HandlerRegistrar> handlers, ApplicationEventPublisher events) {
		Bootstrap bootstrap = new Bootstrap(node, connectionDetails.bootstrapPeers(),
				properties.bootstrap().minConnected(), properties.bootstrap().failFast());
		return new Libp2pNodeLifecycle(node, bootstrap, properties.autoStartup(), events, handlers(handlers));
	}

	@Bean
	KeepAliveCheck libp2pKeepAliveCheck(Node node, Libp2pConnectionDetails connectionDetails,
			ObjectProvider<HandlerRegistrar> handlers, ObjectProvider<Libp2pTopicListenerRegistry> topics) {
		IntSupplier mounted = handlers(handlers);
		return new KeepAliveCheck(node, !connectionDetails.bootstrapPeers().isEmpty(),
				() -> mounted.getAsInt() + listeners(topics), KeepAliveCheck::liveThreads);
	}

	private static int listeners(ObjectProvider<Libp2pTopicListenerRegistry> topics) {
		Libp2pTopicListenerRegistry registry = topics.getIfAvailable();
		return (registry != null) ? registry.listeners().size() : 0;
	}

	private static IntSupplier handlers(ObjectProvider<HandlerRegistrar> registrar) {
		return () -> {
			HandlerRegistrar handlers = registrar.getIfAvailable();
			return (handlers != null) ? handlers.handlers().size() : 0;
		};
	}

	@Bean
	@ConditionalOnMissingBean(search = SearchStrategy.CURRENT)
	Libp2pGracefulShutdownLifecycle libp2pGracefulShutdownLifecycle(Node node, Libp2pProperties properties,
			ObjectProvider<LifecycleProperties> lifecycle) {
		Duration gracePeriod = properties.shutdown().gracePeriod();
		LifecycleProperties phases = lifecycle.getIfAvailable();
		return new Libp2pGracefulShutdownLifecycle(node, gracePeriod,
				(phases != null) ? phases.getTimeoutPerShutdownPhase() : gracePeriod);
	}

}

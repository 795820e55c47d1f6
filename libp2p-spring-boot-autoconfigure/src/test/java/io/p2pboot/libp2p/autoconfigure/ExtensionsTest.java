package io.p2pboot.libp2p.autoconfigure;

import java.lang.reflect.Proxy;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.ConnectionListener;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.NodeObserver;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.PeerRouting;
import io.p2pboot.libp2p.PeerStore;
import io.p2pboot.libp2p.Protocol;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.StreamProtocol;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.node.NodeBuilder;
import io.p2pboot.libp2p.peerstore.InMemoryPeerStore;
import io.p2pboot.libp2p.security.SecureSession;
import io.p2pboot.libp2p.security.SecurityProtocol;
import io.p2pboot.libp2p.security.SecurityRequest;
import io.p2pboot.libp2p.security.tls.TlsSecurity;
import io.p2pboot.libp2p.spring.Libp2pTemplate;
import io.p2pboot.libp2p.spring.NodeCustomizer;
import io.p2pboot.libp2p.spring.handler.HandlerChain;
import io.p2pboot.libp2p.spring.handler.PayloadValidator;
import io.p2pboot.libp2p.spring.payload.BytesConverter;
import io.p2pboot.libp2p.spring.payload.MessageCodec;
import io.p2pboot.libp2p.spring.payload.PayloadFormat;
import io.p2pboot.libp2p.spring.payload.ProtobufConverter;
import io.p2pboot.libp2p.transport.memory.MemoryNetwork;
import io.p2pboot.libp2p.transport.memory.MemoryTransport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.validation.autoconfigure.ValidationAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Beans that the node takes by their type, and beans of ours that the user's replace.
 */
@Timeout(60)
class ExtensionsTest {

	private final ApplicationContextRunner runner = MemoryApp.runner();

	@Test
	void aRoutingIsAskedAndMayBringProtocols() throws Exception {
		try (Node peer = MemoryApp.peer()) {
			this.runner.withBean("routing", PeerRouting.class, () -> new Knowing(peer)).run((context) -> {
				context.getBean(Libp2pTemplate.class).connect(AddrInfo.of(peer.peerId()));
				assertThat(context.getBean(Node.class).connection(peer.peerId())).isPresent();
				assertThat(context.getBean(Node.class).protocols()).contains(Knowing.PATH);
			});
		}
	}

	@Test
	void connectionListenersAndObserversSeeConnections() throws Exception {
		List<String> seen = new CopyOnWriteArrayList<>();
		try (Node peer = MemoryApp.peer()) {
			this.runner.withBean("listener", ConnectionListener.class, () -> new ConnectionListener() {

				@Override
				public void connected(Connection connection) {
					seen.add("listener " + connection.remotePeer());
				}

			}).withBean("observer", NodeObserver.class, () -> new NodeObserver() {

				@Override
				public void connectionOpened(Connection connection, Duration handshake) {
					seen.add("observer " + connection.remotePeer());
				}

			}).run((context) -> {
				peer.connect(MemoryApp.address(context));
				await().untilAsserted(() -> assertThat(seen).containsExactlyInAnyOrder("listener " + peer.peerId(),
						"observer " + peer.peerId()));
			});
		}
	}

	@Test
	void theUsersPeerStoreAndNetworkAreUsed() throws Exception {
		MemoryNetwork network = MemoryNetwork.create();
		AtomicInteger told = new AtomicInteger();
		PeerStore store = listening(told);
		this.runner.withBean("store", PeerStore.class, () -> store)
			.withBean("network", MemoryNetwork.class, () -> network)
			.run((context) -> {
				Node node = context.getBean(Node.class);
				assertThat(node.peerStore()).isSameAs(store);
				assertThat(context).getBeans(ConnectionListener.class).hasSize(1);
				try (Node peer = NodeBuilder.create().transport(new MemoryTransport(network)).start()) {
					peer.connect(MemoryApp.address(context));
					await().until(() -> !node.peerStore().protocols(peer.peerId()).isEmpty());
				}
			});
		assertThat(told).hasValue(1);
	}

	/** A store that wants to know who is connected; counts how often it is told. */
	private static PeerStore listening(AtomicInteger told) {
		PeerStore store = InMemoryPeerStore.create(Clock.systemUTC());
		return (PeerStore) Proxy.newProxyInstance(ExtensionsTest.class.getClassLoader(),
				new Class<?>[] { PeerStore.class, ConnectionListener.class }, (proxy, method, arguments) -> {
					if (method.getName().equals("connected")) {
						told.incrementAndGet();
					}
					return method.invoke(store, arguments);
				});
	}

	@Test
	void theUsersSecurityComesAfterTheConfiguredOnesAndAloneWhereThereIsNone() throws Exception {
		this.runner.withPropertyValues("libp2p.security=")
			.withBean("security", SecurityProtocol.class, Renamed::new)
			.run((context) -> {
				assertThat(context).hasNotFailed();
				try (Node peer = NodeBuilder.create()
					.transport(new MemoryTransport())
					.security(new Renamed())
					.start()) {
					peer.connect(MemoryApp.address(context));
					assertThat(peer.connections().get(0).security()).hasValue("/renamed/1.0.0");
				}
			});
		this.runner.withBean("security", SecurityProtocol.class, Renamed::new).run((context) -> {
			try (Node peer = MemoryApp.peer()) {
				peer.connect(MemoryApp.address(context));
				assertThat(peer.connections().get(0).security()).hasValue("/noise");
			}
		});
	}

	@Test
	void theOrderOfSecurityIsTheCallersPreference() throws Exception {
		this.runner.withPropertyValues("libp2p.security=tls,noise").run((context) -> {
			try (Node peer = MemoryApp.peer()) {
				context.getBean(Libp2pTemplate.class).connect(MemoryApp.address(peer));
				assertThat(context.getBean(Node.class).connections().get(0).security()).hasValue("/tls/1.0.0");
			}
		});
		this.runner.withPropertyValues("libp2p.security=tls").run((context) -> {
			try (Node peer = MemoryApp.peer()) {
				peer.connect(MemoryApp.address(context));
				assertThat(peer.connections().get(0).security()).hasValue("/tls/1.0.0");
			}
		});
	}

	@Test
	void customizersAreCalledInTheirOrder() {
		this.runner.withUserConfiguration(Customizers.class)
			.run((context) -> assertThat(context.getBean(NettyNode.class).agentVersion()).isEqualTo("second"));
	}

	@Test
	void connectionDetailsReplaceThePropertyOfBootstrapPeers() throws Exception {
		try (Node peer = MemoryApp.peer()) {
			AddrInfo address = MemoryApp.address(peer);
			this.runner.withPropertyValues("libp2p.bootstrap.peers=/memory/1/p2p/" + address.id())
				.withBean("details", Libp2pConnectionDetails.class, () -> () -> List.of(address))
				.run((context) -> await()
					.until(() -> context.getBean(Node.class).connection(peer.peerId()).isPresent()));
		}
	}

	@Test
	void whatHandlersAreMadeOfCanBeReplaced() {
		MessageCodec codec = new MessageCodec(List.of(), PayloadFormat.JSON, 1, Duration.ofSeconds(1));
		this.runner.withConfiguration(AutoConfigurations.of(ValidationAutoConfiguration.class))
			.withBean("ownCodec", MessageCodec.class, () -> codec)
			.withBean("ownChain", HandlerChain.class, () -> new HandlerChain(List.of(), List.of()))
			.withBean("ownBytes", BytesConverter.class, BytesConverter::new)
			.withBean("ownProtobuf", ProtobufConverter.class, ProtobufConverter::new)
			.withBean("ownValidator", PayloadValidator.class, () -> (payload, groups) -> {
			})
			.run((context) -> assertThat(context).hasNotFailed()
				.hasSingleBean(MessageCodec.class)
				.hasSingleBean(HandlerChain.class)
				.hasSingleBean(BytesConverter.class)
				.hasSingleBean(ProtobufConverter.class)
				.hasSingleBean(PayloadValidator.class));
	}

	/** Knows one peer, and asks others with a protocol of its own. */
	private record Knowing(Node known) implements PeerRouting {

		static final ProtocolPath PATH = ProtocolPath.of("/knowing/1.0.0");

		@Override
		public String name() {
			return "knowing";
		}

		@Override
		public Map<ProtocolPath, Protocol> protocols() {
			return Map.of(PATH, StreamProtocol.create());
		}

		@Override
		public List<Multiaddr> findPeer(PeerId peer) {
			return peer.equals(this.known.peerId()) ? this.known.listenAddresses() : List.of();
		}

	}

	/** TLS under another name. */
	private static final class Renamed implements SecurityProtocol {

		private final SecurityProtocol tls = TlsSecurity.create(Clock.systemUTC());

		@Override
		public String id() {
			return "/renamed/1.0.0";
		}

		@Override
		public Future<SecureSession> secure(Channel channel, SecurityRequest request) {
			return this.tls.secure(channel, request);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Customizers {

		@Bean
		@Order(2)
		NodeCustomizer second() {
			return (builder) -> builder.agentVersion("second");
		}

		@Bean
		@Order(1)
		NodeCustomizer first() {
			return (builder) -> builder.agentVersion("first");
		}

	}

}

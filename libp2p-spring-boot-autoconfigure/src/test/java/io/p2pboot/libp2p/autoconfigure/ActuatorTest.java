package io.p2pboot.libp2p.autoconfigure;

import java.io.IOException;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.ScopeUsage;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.autoconfigure.actuate.ScopesSection;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.spring.Libp2pProtocol;
import io.p2pboot.libp2p.autoconfigure.actuate.Libp2pEndpoint;
import io.p2pboot.libp2p.autoconfigure.actuate.Libp2pHealthIndicator;
import io.p2pboot.libp2p.autoconfigure.actuate.Libp2pInfoContributor;
import io.p2pboot.libp2p.transport.DialOptions;
import io.p2pboot.libp2p.transport.Listener;
import io.p2pboot.libp2p.transport.MuxedConnection;
import io.p2pboot.libp2p.transport.Transport;
import io.p2pboot.libp2p.transport.TransportContext;
import io.p2pboot.libp2p.transport.quic.QuicConfig;
import io.p2pboot.libp2p.transport.quic.QuicTransport;
import io.p2pboot.libp2p.transport.tcp.TcpTransport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.boot.actuate.autoconfigure.context.properties.ConfigurationPropertiesReportEndpointAutoConfiguration;
import org.springframework.boot.actuate.autoconfigure.endpoint.EndpointAutoConfiguration;
import org.springframework.boot.actuate.autoconfigure.endpoint.jmx.JmxEndpointAutoConfiguration;
import org.springframework.boot.actuate.autoconfigure.env.EnvironmentEndpointAutoConfiguration;
import org.springframework.boot.actuate.context.properties.ConfigurationPropertiesReportEndpoint;
import org.springframework.boot.actuate.endpoint.jmx.ExposableJmxEndpoint;
import org.springframework.boot.actuate.endpoint.jmx.JmxEndpointsSupplier;
import org.springframework.boot.actuate.endpoint.jmx.JmxOperation;
import org.springframework.boot.actuate.env.EnvironmentEndpoint;
import org.springframework.boot.actuate.info.Info;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.jmx.JmxAutoConfiguration;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;
import static org.awaitility.Awaitility.await;
import static org.mockito.Mockito.mock;

@Timeout(60)
class ActuatorTest {

	private final ApplicationContextRunner runner = MemoryApp.runner()
		.withConfiguration(AutoConfigurations.of(Libp2pEndpointAutoConfiguration.class,
				Libp2pHealthContributorAutoConfiguration.class, EndpointAutoConfiguration.class,
				JmxAutoConfiguration.class, JmxEndpointAutoConfiguration.class,
				EnvironmentEndpointAutoConfiguration.class,
				ConfigurationPropertiesReportEndpointAutoConfiguration.class))
		.withPropertyValues("spring.jmx.enabled=true", "management.endpoints.jmx.exposure.include=*");

	@Test
	void theEndpointShowsTheNodeItsProtocolsAndItsPeers() {
		this.runner.withPropertyValues("libp2p.agent-version=my-service/1.4.0")
			.withUserConfiguration(Holding.class)
			.run((context) -> {
				Libp2pEndpoint endpoint = context.getBean(Libp2pEndpoint.class);
				Holding holding = context.getBean(Holding.class);
				try (Node peer = MemoryApp.peer()) {
					Stream held = peer.openStream(MemoryApp.address(context), ProtocolPath.of("/hold/1.0.0"));
					assertThat(held.isOpen()).isTrue();
					assertThat(holding.entered.await(20, TimeUnit.SECONDS)).isTrue();
					Libp2pEndpoint.NodeDescriptor node = endpoint.node();
					assertThat(node.peerId()).isEqualTo(context.getBean(Node.class).peerId().toString());
					assertThat(node.agentVersion()).isEqualTo("my-service/1.4.0");
					assertThat(node.state()).isEqualTo("RUNNING");
					assertThat(node.listenAddresses()).hasSize(1).allMatch((address) -> address.startsWith("/memory/"));
					assertThat(node.connections()).isEqualTo(new Libp2pEndpoint.ConnectionCounts(1, 1, 0));
					assertThat(node.protocols())
						.contains(new Libp2pEndpoint.ProtocolDescriptor("/hold/1.0.0", name(context), "STREAM", 1));
					assertThat(endpoint.section("protocols"))
						.isEqualTo(new Libp2pEndpoint.ProtocolsDescriptor(node.protocols()));
					Libp2pEndpoint.PeerDescriptor shown = endpoint.peer("peers", peer.peerId().toString());
					assertThat(shown).isNotNull();
					assertThat(shown.connections()).singleElement().satisfies((connection) -> {
						assertThat(connection.direction()).isEqualTo("inbound");
						assertThat(connection.transport()).isEqualTo("memory");
						assertThat(connection.security()).isEqualTo("/noise");
					});
					assertThat(endpoint.section("peers")).isEqualTo(new Libp2pEndpoint.PeersDescriptor(List.of(shown)));
					assertThat(endpoint.section("scopes")).isInstanceOfSatisfying(ScopesSection.ScopesDescriptor.class,
							(scopes) -> {
								assertThat(scopes.scopes()).extracting(ScopeUsage::kind)
									.contains("system", "transient", "service", "protocol", "peer");
								assertThat(scopes.scopes().get(0).limits()).containsKeys("conns", "streams_inbound",
										"fd");
								assertThat(scopes.scopes()).last().satisfies((use) -> {
									assertThat(use.name()).isEqualTo(peer.peerId().toString());
									assertThat(use.inboundConnections()).isOne();
									assertThat(use.inboundStreams()).isPositive();
								});
							});
					assertThat(endpoint.section("nothing")).isNull();
					assertThat(endpoint.peer("peers", "nobody")).isNull();
					endpoint.disconnect("peers", "no peer id");
					endpoint.disconnect("peers", peer.peerId().toString());
					await().until(() -> context.getBean(Node.class).connections().isEmpty());
				}
				finally {
					holding.release.countDown();
				}
			});
	}

	@Test
	void pathsForWhatIsAroundMessagesShowTheirBean() {
		this.runner.withPropertyValues("libp2p.handlers.error-bodies=true", "libp2p.handlers.trace-context=true")
			.withUserConfiguration(Upper.class)
			.run((context) -> assertThat(context.getBean(Libp2pEndpoint.class).node().protocols())
				.filteredOn((protocol) -> protocol.path().startsWith("/upper/1.0.0"))
				.hasSize(4)
				.allSatisfy((protocol) -> {
					assertThat(protocol.bean()).endsWith("Upper");
					assertThat(protocol.kind()).isEqualTo("STREAM");
					assertThat(protocol.active()).isEqualTo(protocol.path().contains("+") ? null : 0);
				}));
	}

	@Test
	void disconnectingHasToBeAllowed() {
		this.runner.run((context) -> assertThat(operations(context)).isNotEmpty().doesNotContain("disconnect"));
		this.runner.withPropertyValues("management.endpoint.libp2p.access=UNRESTRICTED")
			.run((context) -> assertThat(operations(context)).contains("disconnect"));
	}

	@Test
	void theEndpointIsAbsentWhereItIsNotExposedOrActuatorIsMissing() {
		this.runner.withPropertyValues("management.endpoints.jmx.exposure.exclude=libp2p")
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(Libp2pEndpoint.class));
		this.runner.withPropertyValues("management.endpoint.libp2p.access=NONE")
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(Libp2pEndpoint.class));
		MemoryApp.runner()
			.withConfiguration(AutoConfigurations.of(Libp2pEndpointAutoConfiguration.class))
			.withClassLoader(new FilteredClassLoader("org.springframework.boot.actuate"))
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean("libp2pEndpoint"));
	}

	@Test
	void theInfoTellsWhoTheNodeIs() {
		this.runner.run((context) -> {
			Info.Builder info = new Info.Builder();
			context.getBean(Libp2pInfoContributor.class).contribute(info);
			assertThat(info.build().getDetails().get("libp2p"))
				.hasToString("{peerId=" + context.getBean(Node.class).peerId() + ", agentVersion=p2pboot}");
		});
		this.runner.withPropertyValues("management.info.libp2p.enabled=false")
			.run((context) -> assertThat(context).doesNotHaveBean(Libp2pInfoContributor.class));
	}

	@Test
	void thePrivateKeyIsShownByNoEndpoint() {
		PrivateKey key = PrivateKey.generate();
		byte[] encoded = new byte[key.encoded().remaining()];
		key.encoded().get(encoded);
		String secret = Base64.getEncoder().encodeToString(encoded);
		this.runner
			.withPropertyValues("libp2p.identity.private-key=" + secret, "management.endpoint.env.show-values=always",
					"management.endpoint.configprops.show-values=always")
			.run((context) -> {
				EnvironmentEndpoint environment = context.getBean(EnvironmentEndpoint.class);
				assertThat(describe(environment.environment(null))).contains("libp2p.identity.private-key")
					.contains("/memory/0")
					.doesNotContain(secret);
				assertThat(describe(context.getBean(ConfigurationPropertiesReportEndpoint.class)
					.configurationPropertiesWithPrefix("libp2p"))).contains("privateKey")
					.contains("p2p")
					.doesNotContain(secret);
			});
		assertThat(Libp2pEndpointAutoConfiguration.isSecret("LIBP2P_IDENTITY_PRIVATEKEY")).isTrue();
		assertThat(Libp2pEndpointAutoConfiguration.isSecret("libp2p.identity.location")).isFalse();
	}

	@Test
	void addressesPeersAndNetworksAreShownAsTheyAreWritten() {
		String peer = PeerId.of(PrivateKey.generate().publicKey()).toString();
		this.runner
			.withConfiguration(
					AutoConfigurations.of(Libp2pPubSubAutoConfiguration.class, Libp2pKadAutoConfiguration.class))
			.withPropertyValues("management.endpoint.configprops.show-values=always", "libp2p.auto-startup=false",
					"libp2p.announce=/dns4/example.com/tcp/4001", "libp2p.bootstrap.peers=/memory/98/p2p/" + peer,
					"libp2p.connections.protected-peers=" + peer, "libp2p.gater.blocked-peers=" + peer,
					"libp2p.gater.allowed-peers=" + peer, "libp2p.gater.blocked-networks=192.0.2.0/24",
					"libp2p.gater.allowed-networks=10.0.0.0/8", "libp2p.pubsub.direct-peers=/memory/97/p2p/" + peer,
					"libp2p.kad.bootstrap=/memory/96/p2p/" + peer)
			.run((context) -> {
				JsonNode shown = JsonMapper.shared()
					.readTree(describe(context.getBean(ConfigurationPropertiesReportEndpoint.class)
						.configurationPropertiesWithPrefix("libp2p")));
				String values = String.join("",
						shown.findValues("properties").stream().map(JsonNode::toString).toList());
				assertThat(values).contains("\"listen\":[\"/memory/0\"]")
					.contains("\"announce\":[\"/dns4/example.com/tcp/4001\"]")
					.contains("\"peers\":[\"/memory/98/p2p/" + peer + "\"]")
					.contains("\"protectedPeers\":[\"" + peer + "\"]")
					.contains("\"blockedPeers\":[\"" + peer + "\"]")
					.contains("\"allowedPeers\":[\"" + peer + "\"]")
					.contains("\"blockedNetworks\":[\"192.0.2.0/24\"]")
					.contains("\"allowedNetworks\":[\"10.0.0.0/8\"]")
					.contains("\"directPeers\":[\"/memory/97/p2p/" + peer + "\"]")
					.contains("\"bootstrap\":[\"/memory/96/p2p/" + peer + "\"]")
					.doesNotContain("[{");
			});
	}

	@Test
	void healthFollowsTheLifeOfTheNode() {
		this.runner.withPropertyValues("libp2p.auto-startup=false").run((context) -> {
			assertThat(status(context)).isEqualTo(Status.OUT_OF_SERVICE);
			context.getBean(Libp2pNodeLifecycle.class).start();
			assertThat(status(context)).isEqualTo(Status.UP);
			context.getBean(Node.class).drain(Duration.ZERO);
			assertThat(status(context)).isEqualTo(Status.OUT_OF_SERVICE);
		});
		MemoryApp.runner()
			.withConfiguration(AutoConfigurations.of(Libp2pHealthContributorAutoConfiguration.class))
			.withPropertyValues("libp2p.listen=")
			.run((context) -> assertThat(status(context)).isEqualTo(Status.UP));
	}

	@Test
	void healthIsDownWhereTheStartFailed() {
		this.runner.withPropertyValues("libp2p.auto-startup=false", "libp2p.listen=/memory/77,/memory/77")
			.run((context) -> {
				try {
					context.getBean(Libp2pNodeLifecycle.class).start();
				}
				catch (NodeStartException expected) {
					assertThat(expected).hasMessageContaining("/memory/77");
				}
				assertThat(status(context)).isEqualTo(Status.DOWN);
			});
	}

	@ParameterizedTest
	@ValueSource(strings = { "/ip4/127.0.0.1/tcp/0", "/ip4/127.0.0.1/udp/0/quic-v1" })
	void healthIsDownWhenAListenerWasLost(String address) {
		List<Listener> bound = new CopyOnWriteArrayList<>();
		MemoryApp.runner()
			.withConfiguration(AutoConfigurations.of(Libp2pHealthContributorAutoConfiguration.class))
			.withPropertyValues("libp2p.listen=/memory/0," + address, "libp2p.transport.quic.enabled=false")
			.withBean("tcp", Transport.class, () -> new Watched(new TcpTransport(), bound))
			.withBean("quic", Transport.class, () -> new Watched(new QuicTransport(QuicConfig.DEFAULT), bound))
			.run((context) -> {
				assertThat(status(context)).isEqualTo(Status.UP);
				bound.get(0).close();
				await().until(() -> status(context).equals(Status.DOWN));
				assertThat(context.getBean(Libp2pHealthIndicator.class).health().getDetails()).containsEntry("reason",
						"1 of 2 listeners are bound");
			});
	}

	@Test
	void healthIsDownWhileTooFewPeersAreConnected() {
		this.runner.withPropertyValues("libp2p.bootstrap.min-connected=1").run((context) -> {
			assertThat(status(context)).isEqualTo(Status.DOWN);
			Node node = context.getBean(Node.class);
			Libp2pHealthIndicator indicator = context.getBean(Libp2pHealthIndicator.class);
			assertThat(indicator.health().getDetails()).containsEntry("reason", "fewer than 1 peers are connected")
				.containsEntry("connectedPeers", 0L);
			try (Node peer = MemoryApp.peer()) {
				peer.connect(MemoryApp.address(context));
				await().until(() -> status(context).equals(Status.UP));
				assertThat(indicator.health().getDetails()).containsOnly(entry("peerId", node.peerId().toString()),
						entry("connectedPeers", 1L),
						entry("listenAddresses", List.of(node.listenAddresses().get(0).toString())));
			}
		});
	}

	@Test
	void theUsersEndpointHealthAndInfoReplaceOurs() {
		this.runner.withBean("libp2pHealthIndicator", HealthIndicator.class, () -> () -> Health.up().build())
			.withBean("ownEndpoint", Libp2pEndpoint.class,
					() -> new Libp2pEndpoint(mock(Node.class), List::of, List.of()))
			.withBean("ownInfo", Libp2pInfoContributor.class, () -> new Libp2pInfoContributor(mock(Node.class)))
			.run((context) -> assertThat(context).hasNotFailed()
				.doesNotHaveBean(Libp2pHealthIndicator.class)
				.hasSingleBean(Libp2pEndpoint.class)
				.hasSingleBean(Libp2pInfoContributor.class));
	}

	@Test
	void healthIsAbsentWhereItIsDisabledOrItsModuleIsMissing() {
		this.runner.withPropertyValues("management.health.libp2p.enabled=false")
			.run((context) -> assertThat(context).doesNotHaveBean(Libp2pHealthIndicator.class));
		MemoryApp.runner()
			.withConfiguration(AutoConfigurations.of(Libp2pHealthContributorAutoConfiguration.class))
			.withClassLoader(new FilteredClassLoader(HealthIndicator.class))
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean("libp2pHealthIndicator"));
	}

	private static Status status(AssertableApplicationContext context) {
		return context.getBean(Libp2pHealthIndicator.class).health().getStatus();
	}

	private static List<String> operations(AssertableApplicationContext context) {
		return context.getBean(JmxEndpointsSupplier.class)
			.getEndpoints()
			.stream()
			.filter((endpoint) -> endpoint.getEndpointId().toString().equals("libp2p"))
			.map(ExposableJmxEndpoint::getOperations)
			.flatMap(java.util.Collection::stream)
			.map(JmxOperation::getName)
			.toList();
	}

	private static String describe(Object descriptor) {
		return JsonMapper.shared().writeValueAsString(descriptor);
	}

	private static String name(AssertableApplicationContext context) {
		return context.getBeanNamesForType(Holding.class)[0];
	}

	/** Lets a test take a socket away behind the node's back. */
	private record Watched(Transport transport, List<Listener> bound) implements Transport {

		@Override
		public String name() {
			return this.transport.name();
		}

		@Override
		public boolean supports(Multiaddr address) {
			return this.transport.supports(address);
		}

		@Override
		public boolean carriesDatagrams() {
			return this.transport.carriesDatagrams();
		}

		@Override
		public void start(TransportContext context) {
			this.transport.start(context);
		}

		@Override
		public Future<Listener> listen(Multiaddr address) {
			Future<Listener> listening = this.transport.listen(address);
			listening.addListener((done) -> this.bound.add(listening.getNow()));
			return listening;
		}

		@Override
		public Future<MuxedConnection> dial(Multiaddr address, DialOptions options) {
			return this.transport.dial(address, options);
		}

		@Override
		public Future<Void> close() {
			return this.transport.close();
		}

	}

	static class Holding {

		private final CountDownLatch entered = new CountDownLatch(1);

		private final CountDownLatch release = new CountDownLatch(1);

		@Libp2pProtocol("/hold/1.0.0")
		void hold(Stream stream) throws IOException, InterruptedException {
			this.entered.countDown();
			this.release.await();
		}

	}

	static class Upper {

		@Libp2pProtocol("/upper/1.0.0")
		String upper(String text) {
			return text.toUpperCase(Locale.ROOT);
		}

	}

}

package io.p2pboot.libp2p.autoconfigure.container;

import java.util.List;
import java.util.Map;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.autoconfigure.Libp2pAutoConfiguration;
import io.p2pboot.libp2p.autoconfigure.Libp2pConnectionDetails;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.node.NodeBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.testcontainers.containers.GenericContainer;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.docker.compose.core.ConnectionPorts;
import org.springframework.boot.docker.compose.core.ImageReference;
import org.springframework.boot.docker.compose.core.RunningService;
import org.springframework.boot.docker.compose.service.connection.DockerComposeConnectionSource;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.testcontainers.service.connection.ServiceConnection;
import org.springframework.boot.testcontainers.service.connection.ServiceConnectionAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;

/**
 * Containers that need no Docker: the peer runs in this process.
 */
@Timeout(60)
class BootstrapPeersTest {

	private static final String SERVICE_CONNECTION = "org.springframework.boot.service-connection";

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withConfiguration(
				AutoConfigurations.of(Libp2pAutoConfiguration.class, ServiceConnectionAutoConfiguration.class))
		.withPropertyValues("libp2p.transport.quic.enabled=false");

	@Test
	void anApplicationConnectsToThePeerInItsTestcontainer() throws Exception {
		try (Node peer = NodeBuilder.create().listen("/ip4/127.0.0.1/tcp/0").start()) {
			this.runner.withBean(Holder.class, () -> new Holder(peer))
				.withUserConfiguration(Containers.class)
				.run((context) -> {
					assertThat(context).hasNotFailed().hasSingleBean(Libp2pConnectionDetails.class);
					Node node = context.getBean(Node.class);
					await().until(() -> node.connection(peer.peerId()).isPresent());
				});
		}
	}

	@Test
	void aServiceOfDockerComposeIsAPeerWhereItsLabelSaysSo() {
		String peer = PeerId.of(PrivateKey.generate().publicKey()).toString();
		Map<String, String> labels = Map.of(SERVICE_CONNECTION, "libp2p", BootstrapContainer.PEER_ID, peer);
		assertThat(details(labels).bootstrapPeers())
			.containsExactly(AddrInfo.parse("/ip4/127.0.0.1/tcp/32768/p2p/" + peer));
		assertThat(details(Map.of(BootstrapContainer.PEER_ID, peer))).isNull();
	}

	private static Libp2pConnectionDetails details(Map<String, String> labels) {
		DockerComposeConnectionSource source = mock(DockerComposeConnectionSource.class);
		given(source.getRunningService()).willReturn(new Service(labels));
		return new DockerComposeBootstrapPeers().getConnectionDetails(source);
	}

	/**
	 * Keeps the peer from being a bean.
	 *
	 * @param peer the peer
	 */
	record Holder(Node peer) {
	}

	/**
	 * A service that maps 4001.
	 *
	 * @param labels its labels
	 */
	private record Service(Map<String, String> labels) implements RunningService, ConnectionPorts {

		@Override
		public String name() {
			return "relay";
		}

		@Override
		public ImageReference image() {
			return ImageReference.of("example.com/relay:1");
		}

		@Override
		public String host() {
			return "127.0.0.1";
		}

		@Override
		public ConnectionPorts ports() {
			return this;
		}

		@Override
		public Map<String, String> env() {
			return Map.of();
		}

		@Override
		public int get(int containerPort) {
			assertThat(containerPort).isEqualTo(4001);
			return 32_768;
		}

		@Override
		public List<Integer> getAll() {
			return List.of(32_768);
		}

		@Override
		public List<Integer> getAll(String protocol) {
			return getAll();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Containers {

		@Bean(destroyMethod = "")
		@ServiceConnection("libp2p")
		GenericContainer<?> container(Holder holder) {
			Node peer = holder.peer();
			Multiaddr address = peer.listenAddresses().get(0);
			GenericContainer<?> container = mock(GenericContainer.class);
			given(container.getHost()).willReturn("127.0.0.1");
			given(container.getDockerImageName()).willReturn("example.com/relay:1");
			given(container.getMappedPort(4001)).willReturn(address.ipSocketAddress().orElseThrow().getPort());
			given(container.getLabels()).willReturn(Map.of(BootstrapContainer.PEER_ID, peer.peerId().toString()));
			given(container.getEnvMap()).willReturn(Map.of());
			return container;
		}

	}

}

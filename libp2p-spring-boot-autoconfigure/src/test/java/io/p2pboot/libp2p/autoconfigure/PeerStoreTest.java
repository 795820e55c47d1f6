package io.p2pboot.libp2p.autoconfigure;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.ConnectionListener;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.PeerStore;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.node.NodeBuilder;
import io.p2pboot.libp2p.peerstore.FilePeerStore;
import io.p2pboot.libp2p.peerstore.InMemoryPeerStore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.awaitility.Awaitility.await;

@Timeout(120)
@ExtendWith(OutputCaptureExtension.class)
class PeerStoreTest {

	@TempDir
	Path folder;

	private final ApplicationContextRunner runner = new ApplicationContextRunner().withConfiguration(AutoConfigurations
		.of(SslAutoConfiguration.class, Libp2pAutoConfiguration.class, Libp2pPeerStoreAutoConfiguration.class));

	private String location() {
		return "libp2p.peerstore.location=" + this.folder.resolve("data/peers.db");
	}

	@Test
	void peersAreKeptInMemoryUnlessAFileIsNamed() {
		this.runner.run((context) -> {
			assertThat(context).doesNotHaveBean(PeerStore.class);
			assertThat(context.getBean(Node.class).peerStore()).isInstanceOf(InMemoryPeerStore.class);
		});
		this.runner.withPropertyValues(location()).run((context) -> {
			assertThat(context.getBean(Node.class).peerStore()).isSameAs(context.getBean(FilePeerStore.class));
			assertThat(this.folder.resolve("data/peers.db")).isRegularFile();
		});
	}

	@Test
	void backsOffWhereItIsNotWanted() {
		this.runner.withPropertyValues(location(), "libp2p.peerstore.enabled=false")
			.run((context) -> assertThat(context).doesNotHaveBean(PeerStore.class));
		this.runner.withPropertyValues(location(), "libp2p.enabled=false")
			.run((context) -> assertThat(context).doesNotHaveBean(PeerStore.class));
		this.runner.withPropertyValues(location()).withUserConfiguration(OwnStore.class).run((context) -> {
			assertThat(context).doesNotHaveBean(FilePeerStore.class);
			assertThat(context.getBean(Node.class).peerStore()).isSameAs(context.getBean("ownStore"));
		});
		assertThat(this.folder.resolve("data")).doesNotExist();
	}

	@Test
	void theFileIsGivenUpWithTheContext() {
		for (int start = 0; start < 2; start++) {
			this.runner.withPropertyValues(location()).run((context) -> assertThat(context).hasNotFailed());
		}
	}

	@Test
	void aSecondApplicationIsToldThatTheFileIsTaken() throws IOException {
		try (FilePeerStore other = FilePeerStore.open(this.folder.resolve("data/peers.db"), Clock.systemUTC())) {
			assertThat(other.peers()).isEmpty();
			this.runner.withPropertyValues(location())
				.run((context) -> assertThat(context).getFailure()
					.rootCause()
					.hasMessageContaining("another node uses it"));
		}
	}

	@ParameterizedTest
	@CsvSource({ "classpath:peers.db,only a file can keep the known peers", "'',the value is empty",
			"FOLDER,it is a directory", "FOLDER/other/peers.db,/other is not a directory",
			"FOLDER/other,it holds something else than peers", "/proc/peers.db,the file cannot be used" })
	void theStartFailsAndSaysWhy(String location, String reason, CapturedOutput output) throws IOException {
		Files.writeString(this.folder.resolve("other"), "a file of another kind, and longer than a header");
		String value = location.replace("FOLDER", this.folder.toString());
		assertThatException().isThrownBy(() -> new SpringApplicationBuilder(App.class).web(WebApplicationType.NONE)
			.properties("libp2p.peerstore.location=" + value)
			.run());
		assertThat(output).contains("APPLICATION FAILED TO START")
			.contains("Property: libp2p.peerstore.location")
			.contains(reason)
			.doesNotContain("\n\tat ");
	}

	@Test
	void afterARestartThePeersOfBeforeAreConnectedWithoutAnyAddress() throws IOException {
		try (Node peer = NodeBuilder.create().listen("/ip4/127.0.0.1/tcp/0").start()) {
			this.runner.withPropertyValues(location()).run((context) -> {
				Node node = context.getBean(Node.class);
				node.connect(peer.addrInfo());
				await().until(() -> !node.peerStore().addresses(peer.peerId()).isEmpty());
			});
			this.runner.withPropertyValues(location())
				.run((context) -> await()
					.until(() -> context.getBean(Node.class).connection(peer.peerId()).isPresent()));
		}
	}

	@Test
	void peersOfBeforeComeFirst() throws IOException {
		try (Node peer = NodeBuilder.create().listen("/ip4/127.0.0.1/tcp/0").start();
				Node bootstrap = NodeBuilder.create().listen("/ip4/127.0.0.1/tcp/0").start()) {
			this.runner.withPropertyValues(location()).run((context) -> {
				Node node = context.getBean(Node.class);
				node.connect(peer.addrInfo());
				await().until(() -> !node.peerStore().addresses(peer.peerId()).isEmpty());
			});
			Order order = new Order();
			this.runner.withPropertyValues(location(), "libp2p.bootstrap.peers=" + address(bootstrap))
				.withBean(ConnectionListener.class, () -> order)
				.run((context) -> await().until(() -> order.connected.size() == 2));
			assertThat(order.connected).containsExactly(peer.peerId(), bootstrap.peerId());
		}
	}

	@Test
	void aLostBootstrapPeerIsDialledAgainAtOnce() throws IOException {
		try (Node bootstrap = NodeBuilder.create().listen("/ip4/127.0.0.1/tcp/0").start()) {
			this.runner.withPropertyValues("libp2p.bootstrap.peers=" + address(bootstrap)).run((context) -> {
				Node node = context.getBean(Node.class);
				await().until(() -> node.connection(bootstrap.peerId()).isPresent());
				node.disconnect(bootstrap.peerId());
				await().atMost(20, TimeUnit.SECONDS).until(() -> node.connection(bootstrap.peerId()).isPresent());
			});
		}
	}

	@Test
	void peersOfBeforeAreDialledWhileFewerAreConnectedThanWanted() throws IOException {
		PrivateKey identity = PrivateKey.generate();
		int port;
		try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			port = free.getLocalPort();
		}
		this.runner.withPropertyValues("libp2p.bootstrap.min-connected=1").run((context) -> {
			Node node = context.getBean(Node.class);
			try (Node peer = peer(identity, port)) {
				node.connect(peer.addrInfo());
				await().until(() -> !node.peerStore().addresses(peer.peerId()).isEmpty());
			}
			await().until(() -> node.connections().isEmpty());
			try (Node peer = peer(identity, port)) {
				await().atMost(30, TimeUnit.SECONDS).until(() -> node.connection(peer.peerId()).isPresent());
			}
		});
	}

	private static Node peer(PrivateKey identity, int port) throws IOException {
		return NodeBuilder.create().identity(identity).listen("/ip4/127.0.0.1/tcp/" + port).start();
	}

	private static String address(Node node) {
		AddrInfo info = node.addrInfo();
		return info.addresses().get(0) + "/p2p/" + info.id();
	}

	private static final class Order implements ConnectionListener {

		private final List<PeerId> connected = new CopyOnWriteArrayList<>();

		@Override
		public void connected(Connection connection) {
			this.connected.add(connection.remotePeer());
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OwnStore {

		@Bean
		PeerStore ownStore() {
			return InMemoryPeerStore.create(Clock.systemUTC());
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class App {

	}

}

package io.p2pboot.libp2p.autoconfigure;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Base64;
import java.util.List;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.crypto.KeyType;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.node.NodeBuilder;
import io.p2pboot.libp2p.spring.NodeCustomizer;
import io.p2pboot.libp2p.spring.NodeStartedEvent;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.properties.source.MutuallyExclusiveConfigurationPropertiesException;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.awaitility.Awaitility.await;

@Timeout(60)
@ExtendWith(OutputCaptureExtension.class)
class Libp2pAutoConfigurationTest {

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(Libp2pAutoConfiguration.class, Libp2pHandlerAutoConfiguration.class));

	@Test
	void aNodeRunsWithTheApplicationAndDialsOnlyByDefault(CapturedOutput output) {
		this.runner.run((context) -> {
			assertThat(context).hasSingleBean(Node.class);
			Node node = context.getBean(Node.class);
			assertThat(node.isRunning()).isTrue();
			assertThat(node.listenAddresses()).isEmpty();
			assertThat(output).containsOnlyOnce("libp2p.identity.location");
			assertThat(liveThreads()).doesNotContain("libp2p-keep-alive");
		});
	}

	@Test
	void thePropertiesReachTheNode() {
		this.runner
			.withPropertyValues("spring.application.name=my-service", "libp2p.listen=/ip4/127.0.0.1/tcp/0",
					"libp2p.announce=/dns4/example.com/tcp/4001", "libp2p.identity.type=secp256k1")
			.run((context) -> {
				NettyNode node = context.getBean(NettyNode.class);
				assertThat(node.agentVersion()).isEqualTo("my-service");
				assertThat(node.listenAddresses()).hasSize(1);
				assertThat(node.addrInfo().addresses()).containsExactly(Multiaddr.parse("/dns4/example.com/tcp/4001"));
				assertThat(node.publicKey().type()).isEqualTo(KeyType.SECP256K1);
				assertThat(liveThreads()).contains("libp2p-keep-alive");
			});
		await().untilAsserted(() -> assertThat(liveThreads()).doesNotContain("libp2p-keep-alive"));
	}

	@Test
	void quicIsListenedOnAndDialledUnlessSwitchedOff() throws Exception {
		try (Node peer = NodeBuilder.create().listen("/ip4/127.0.0.1/udp/0/quic-v1").start()) {
			this.runner.withPropertyValues("libp2p.listen=/ip4/127.0.0.1/udp/0/quic-v1").run((context) -> {
				Node node = context.getBean(Node.class);
				assertThat(node.listenAddresses()).singleElement().asString().endsWith("/quic-v1");
				node.connect(peer.addrInfo());
				assertThat(node.connection(peer.peerId()).orElseThrow().transport()).isEqualTo("quic-v1");
				assertThat(node.protocols()).contains(ProtocolPath.of("/dg/1"));
			});
			this.runner.withPropertyValues("libp2p.transport.quic.enabled=false")
				.run((context) -> assertThatIOException()
					.isThrownBy(() -> context.getBean(Node.class).connect(peer.addrInfo())));
		}
	}

	@Test
	void datagramsOfQuicCanBeSwitchedOff() {
		this.runner.withPropertyValues("libp2p.transport.quic.datagrams.enabled=false")
			.run((context) -> assertThat(context.getBean(Node.class).protocols())
				.doesNotContain(ProtocolPath.of("/dg/1")));
	}

	@Test
	void theAgentVersionIsConfigurable() {
		this.runner.withPropertyValues("spring.application.name=my-service", "libp2p.agent-version=other/1.4.0")
			.run((context) -> assertThat(context.getBean(NettyNode.class).agentVersion()).isEqualTo("other/1.4.0"));
	}

	@Test
	void defaultsAreAsDocumented() {
		this.runner.run((context) -> {
			Libp2pProperties properties = context.getBean(Libp2pProperties.class);
			assertThat(properties.enabled()).isTrue();
			assertThat(properties.autoStartup()).isTrue();
			assertThat(properties.listen()).isEmpty();
			assertThat(properties.announce()).isEmpty();
			assertThat(properties.identity()).isEqualTo(
					new Libp2pProperties.Identity(null, KeyType.ED25519, Libp2pProperties.Generate.IF_MISSING, null));
			assertThat(properties.transport().tcp().enabled()).isTrue();
			assertThat(properties.transport().tcp().connectTimeout()).isEqualTo(Duration.ofSeconds(5));
			assertThat(properties.transport().quic().enabled()).isTrue();
			assertThat(properties.transport().quic().handshakeTimeout()).isEqualTo(Duration.ofSeconds(10));
			assertThat(properties.transport().quic().idleTimeout()).isEqualTo(Duration.ofSeconds(30));
			assertThat(properties.transport().quic().datagrams())
				.isEqualTo(new Libp2pProperties.QuicDatagrams(true, 1024));
			assertThat(properties.transport().websocket().enabled()).isFalse();
			assertThat(properties.transport().memory().enabled()).isFalse();
			assertThat(properties.muxers()).containsExactly(Libp2pProperties.Muxer.YAMUX);
			assertThat(properties.yamux().maxWindow().toMegabytes()).isEqualTo(16);
			assertThat(properties.dial().timeout()).isEqualTo(Duration.ofSeconds(15));
			assertThat(properties.streams().negotiationTimeout()).isEqualTo(Duration.ofSeconds(10));
			assertThat(properties.handlers().threading()).isEqualTo(Libp2pProperties.HandlerThreading.AUTO);
			assertThat(properties.handlers().maxConcurrent()).isEqualTo(256);
			assertThat(properties.bootstrap()).isEqualTo(new Libp2pProperties.Bootstrap(List.of(), 0, false));
			assertThat(properties.shutdown().gracePeriod()).isEqualTo(Duration.ofSeconds(20));
		});
	}

	@Test
	void thereIsNoNodeWhereItIsNotWanted() {
		this.runner.withPropertyValues("libp2p.enabled=false").run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(context).doesNotHaveBean(Node.class);
			assertThat(context).doesNotHaveBean(Libp2pNodeLifecycle.class);
			assertThat(context).doesNotHaveBean("libp2pHandlerRegistrar");
		});
	}

	@Test
	void thereIsNoNodeWithoutTheCore() {
		this.runner.withClassLoader(new FilteredClassLoader(Node.class)).run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(context).doesNotHaveBean("libp2pNode");
		});
	}

	@Test
	void backsOffFromTheUsersBeans() {
		this.runner.withUserConfiguration(OwnNode.class).run((context) -> {
			assertThat(context).hasSingleBean(Node.class);
			assertThat(context.getBean(Node.class)).isSameAs(context.getBean("ownNode"));
			assertThat(context.getBean(Node.class).isRunning()).isTrue();
			assertThat(context.getBean(Libp2pConnectionDetails.class)).isSameAs(context.getBean("ownDetails"));
			assertThat(context.getBean(PrivateKey.class)).isSameAs(context.getBean("ownKey"));
		});
	}

	@Test
	void customizersSeeTheBuilderLast() {
		this.runner.withPropertyValues("libp2p.agent-version=first")
			.withBean("customizer", NodeCustomizer.class, () -> (builder) -> builder.agentVersion("last"))
			.run((context) -> assertThat(context.getBean(NettyNode.class).agentVersion()).isEqualTo("last"));
	}

	@Test
	void theNodeStartsOnlyWhenAsked() {
		this.runner.withPropertyValues("libp2p.auto-startup=false", "libp2p.listen=/ip4/127.0.0.1/tcp/0")
			.run((context) -> {
				assertThat(context.getBean(Node.class).isRunning()).isFalse();
				context.getBean(Libp2pNodeLifecycle.class).start();
				assertThat(context.getBean(Node.class).listenAddresses()).hasSize(1);
			});
	}

	@Test
	void theNodeRestartsWithTheSameIdentityAndPublishesItsAddresses() {
		this.runner.withPropertyValues("libp2p.listen=/ip4/127.0.0.1/tcp/0")
			.withUserConfiguration(Events.class)
			.run((context) -> {
				Events events = context.getBean(Events.class);
				PeerId before = events.last().peerId();
				assertThat(events.last().addresses()).hasSize(1);
				context.stop();
				assertThat(context.getBean(Node.class).isRunning()).isFalse();
				await().untilAsserted(() -> assertThat(liveThreads()).doesNotContain("libp2p-keep-alive"));
				context.start();
				assertThat(context.getBean(Node.class).isRunning()).isTrue();
				assertThat(events.count).isEqualTo(2);
				assertThat(events.last().peerId()).isEqualTo(before);
			});
	}

	@Test
	void theIdentityIsKeptInAFile(@TempDir Path folder, CapturedOutput output) {
		String location = "libp2p.identity.location=file:" + folder.resolve("keys/peer.key");
		PeerId[] first = new PeerId[1];
		this.runner.withPropertyValues(location).run((context) -> first[0] = context.getBean(Node.class).peerId());
		this.runner.withPropertyValues(location)
			.run((context) -> assertThat(context.getBean(Node.class).peerId()).isEqualTo(first[0]));
		assertThat(output).doesNotContain("kept in memory");
	}

	@Test
	void aMissingIdentityFileStopsTheStartWhereNoneMayBeMade(@TempDir Path folder) {
		this.runner
			.withPropertyValues("libp2p.identity.location=file:" + folder.resolve("peer.key"),
					"libp2p.identity.generate=never")
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.isInstanceOf(java.nio.file.NoSuchFileException.class));
		assertThat(folder).isEmptyDirectory();
	}

	@Test
	void anIdentityOfAnotherTypeStopsTheStart(@TempDir Path folder) {
		String location = "libp2p.identity.location=file:" + folder.resolve("peer.key");
		this.runner.withPropertyValues(location, "libp2p.identity.type=ecdsa").run((context) -> {
		});
		this.runner.withPropertyValues(location)
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.isInstanceOfSatisfying(InvalidSettingException.class,
						(failure) -> assertThat(failure.action()).contains("libp2p.identity.type=ecdsa")));
	}

	@Test
	void anIdentityThatOthersCanReadStopsTheStart(@TempDir Path folder) throws Exception {
		Path file = folder.resolve("peer.key");
		this.runner.withPropertyValues("libp2p.identity.location=file:" + file).run((context) -> {
		});
		Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
		this.runner.withPropertyValues("libp2p.identity.location=file:" + file)
			.run((context) -> assertThat(context).getFailure().cause().rootCause().hasMessageContaining("chmod 600"));
	}

	@Test
	void theIdentityCanBeGivenAsText(CapturedOutput output) {
		PrivateKey key = PrivateKey.generate();
		byte[] encoded = new byte[key.encoded().remaining()];
		key.encoded().get(encoded);
		this.runner.withPropertyValues("libp2p.identity.private-key=" + Base64.getEncoder().encodeToString(encoded))
			.run((context) -> {
				assertThat(context.getBean(Node.class).peerId()).isEqualTo(PeerId.of(key.publicKey()));
				assertThat(context.getBean(Libp2pProperties.class).toString())
					.doesNotContain(Base64.getEncoder().encodeToString(encoded));
			});
		assertThat(output).doesNotContain("kept in memory");
	}

	@Test
	void anUnreadableTextIdentityIsNotShown() {
		this.runner.withPropertyValues("libp2p.identity.private-key=c2VjcmV0c2VjcmV0")
			.run((context) -> assertThat(context).getFailure()
				.hasStackTraceContaining("libp2p.identity.private-key")
				.satisfies((failure) -> assertThat(stackTrace(failure)).doesNotContain("c2VjcmV0")
					.doesNotContain("secretsecret")));
	}

	@Test
	void aFileAndATextIdentityExcludeEachOther(@TempDir Path folder) {
		this.runner
			.withPropertyValues("libp2p.identity.location=file:" + folder.resolve("peer.key"),
					"libp2p.identity.private-key=c2VjcmV0c2VjcmV0")
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.isInstanceOf(MutuallyExclusiveConfigurationPropertiesException.class));
	}

	@Test
	void bootstrapPeersAreConnectedInTheBackground() throws Exception {
		try (Node peer = NodeBuilder.create().listen("/ip4/127.0.0.1/tcp/0").start()) {
			this.runner.withPropertyValues("libp2p.bootstrap.peers=" + address(peer)).run((context) -> {
				Node node = context.getBean(Node.class);
				while (node.connection(peer.peerId()).isEmpty()) {
					Thread.onSpinWait();
				}
				assertThat(liveThreads()).anyMatch((name) -> name.startsWith("libp2p-bootstrap"));
			});
			await().untilAsserted(
					() -> assertThat(liveThreads()).noneMatch((name) -> name.startsWith("libp2p-bootstrap")));
		}
	}

	@Test
	void theStartFailsWhereNoBootstrapPeerAnswersAndThatIsAskedFor() throws Exception {
		String gone;
		try (Node peer = NodeBuilder.create().listen("/ip4/127.0.0.1/tcp/0").start()) {
			gone = address(peer);
		}
		this.runner.withPropertyValues("libp2p.bootstrap.peers=" + gone, "libp2p.bootstrap.fail-fast=true")
			.run((context) -> assertThat(context).getFailure()
				.hasStackTraceContaining("None of the bootstrap peers could be connected"));
	}

	private static String address(Node node) {
		AddrInfo info = node.addrInfo();
		return info.addresses().get(0) + "/p2p/" + info.id();
	}

	private static List<String> liveThreads() {
		return Thread.getAllStackTraces().keySet().stream().map(Thread::getName).toList();
	}

	private static String stackTrace(Throwable failure) {
		java.io.StringWriter text = new java.io.StringWriter();
		failure.printStackTrace(new java.io.PrintWriter(text));
		return text.toString();
	}

	@Configuration(proxyBeanMethods = false)
	static class OwnNode {

		@Bean
		Node ownNode() {
			return NodeBuilder.create().build();
		}

		@Bean
		Libp2pConnectionDetails ownDetails() {
			return List::of;
		}

		@Bean
		PrivateKey ownKey() {
			return PrivateKey.generate();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Events {

		private volatile NodeStartedEvent last;

		private int count;

		@EventListener
		void started(NodeStartedEvent event) {
			this.last = event;
			this.count++;
		}

		NodeStartedEvent last() {
			return this.last;
		}

	}

}

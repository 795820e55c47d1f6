package io.p2pboot.libp2p.autoconfigure;

import java.io.IOException;
import java.util.List;

import io.netty.channel.Channel;
import io.p2pboot.libp2p.ConnectionGater;
import io.netty.channel.epoll.Epoll;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.NodeObserver;
import io.p2pboot.libp2p.PeerStore;
import io.p2pboot.libp2p.StreamHandler;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.muxer.Muxer;
import io.p2pboot.libp2p.muxer.MuxerSession;
import io.p2pboot.libp2p.muxer.StreamAcceptor;
import io.p2pboot.libp2p.muxer.yamux.YamuxConfig;
import io.p2pboot.libp2p.muxer.yamux.YamuxMuxer;
import io.p2pboot.libp2p.node.NodeBuilder;
import io.p2pboot.libp2p.resource.ConnectionScope;
import io.p2pboot.libp2p.security.SecurityProtocol;
import io.p2pboot.libp2p.security.noise.NoiseSecurity;
import io.p2pboot.libp2p.spring.Libp2pProtocol;
import io.p2pboot.libp2p.spring.NodeCustomizer;
import io.p2pboot.libp2p.transport.Transport;
import io.p2pboot.libp2p.transport.memory.MemoryNetwork;
import io.p2pboot.libp2p.transport.memory.MemoryTransport;
import io.p2pboot.libp2p.transport.tcp.TcpTransport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.beans.factory.support.StaticListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.convert.ApplicationConversionService;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.mock.env.MockEnvironment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * What is switched off is off, and nothing is left means that the start fails.
 */
@Timeout(60)
@ExtendWith(OutputCaptureExtension.class)
class SwitchedOffTest {

	private static final String[] ALL_OFF = { "libp2p.transport.tcp.enabled=false",
			"libp2p.transport.quic.enabled=false" };

	private static final String PEER = "/p2p/12D3KooWCAbQULjg96zaG5GRoJrLQFv7rPrzmSYncofekQTdmjkj";

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(Libp2pAutoConfiguration.class, Libp2pHandlerAutoConfiguration.class));

	@Test
	void aNodeWithoutAnyTransportDoesNotStart() {
		InvalidSettingException failure = failure(this.runner.withPropertyValues(ALL_OFF));
		assertThat(failure.problem()).contains("every transport is switched off");
		assertThat(failure.action()).contains("libp2p.transport.tcp.enabled=true")
			.contains("libp2p.transport.quic.enabled=true")
			.contains("libp2p.transport.websocket.enabled=true")
			.contains("libp2p.transport.memory.enabled=true")
			.contains("libp2p.enabled=false");
		FailureAnalysis analysis = new InvalidSettingFailureAnalyzer(null).analyze(failure);
		assertThat(analysis.getDescription()).contains("every transport is switched off");
	}

	@Test
	void aTransportOfABeanOrACustomizerIsEnough() {
		this.runner.withPropertyValues(ALL_OFF)
			.withBean(Transport.class, MemoryTransport::new)
			.run((context) -> assertThat(context).hasNotFailed());
		this.runner.withPropertyValues(ALL_OFF)
			.withBean(NodeCustomizer.class, () -> (builder) -> builder.transport(new MemoryTransport()))
			.run((context) -> assertThat(context).hasNotFailed());
	}

	@ParameterizedTest
	@ValueSource(strings = { "security", "muxers" })
	void anEmptyListIsRefused(String list) {
		InvalidSettingException failure = failure(this.runner.withPropertyValues("libp2p." + list + "="));
		assertThat(failure.property()).isEqualTo("libp2p." + list);
		assertThat(failure.action()).contains("remove the property");
	}

	@ParameterizedTest
	@CsvSource({ "security,tls1.3,'NOISE, TLS'", "muxers,mplex,YAMUX" })
	void aNameThatIsNotKnownIsRefusedWithThoseThatAre(String list, String name, String known) {
		FailureAnalysis analysis = FailureAnalyses.of(this.runner.withPropertyValues("libp2p." + list + "=" + name));
		assertThat(analysis.getDescription()).contains("libp2p." + list).contains(name);
		assertThat(analysis.getAction()).contains(known.split(", "));
	}

	@Test
	void dialsLeaveFromThePortThatIsListenedOnUnlessThatIsSwitchedOff() throws Exception {
		assumeTrue(Epoll.isAvailable(), "NIO does not share ports");
		for (boolean reuse : new boolean[] { true, false }) {
			try (Node peer = NodeBuilder.create()
				.transport(new TcpTransport())
				.listen("/ip4/127.0.0.1/tcp/0")
				.start()) {
				this.runner
					.withPropertyValues("libp2p.listen=/ip4/127.0.0.1/tcp/0",
							"libp2p.transport.tcp.reuse-port=" + reuse)
					.run((context) -> {
						Node node = context.getBean(Node.class);
						Connection connection = node.connect(peer.addrInfo());
						assertThat(node.listenAddresses().contains(connection.localAddress())).isEqualTo(reuse);
					});
			}
		}
	}

	@Test
	void theSecurityProtocolsAreThoseOfTheProperty() throws Exception {
		try (Node noise = NodeBuilder.create()
			.security(new NoiseSecurity())
			.transport(new TcpTransport())
			.listen("/ip4/127.0.0.1/tcp/0")
			.start()) {
			this.runner.withPropertyValues("libp2p.security=noise").run((context) -> {
				Node node = context.getBean(Node.class);
				node.connect(noise.addrInfo());
				assertThat(node.connection(noise.peerId()).orElseThrow().security()).hasValue("/noise");
			});
			this.runner.withPropertyValues("libp2p.security=tls")
				.run((context) -> assertThatExceptionOfType(IOException.class)
					.isThrownBy(() -> context.getBean(Node.class).connect(noise.addrInfo())));
			this.runner.withPropertyValues("libp2p.security=")
				.withBean(SecurityProtocol.class, NoiseSecurity::new)
				.run((context) -> context.getBean(Node.class).connect(noise.addrInfo()));
		}
	}

	@Test
	void theMuxersAreThoseOfTheProperty() throws Exception {
		try (Node peer = NodeBuilder.create()
			.muxer(new YamuxMuxer(YamuxConfig.DEFAULT))
			.muxer(new OtherYamux())
			.transport(new TcpTransport())
			.listen("/ip4/127.0.0.1/tcp/0")
			.start()) {
			assertMuxer(this.runner, peer, "/yamux/1.0.0");
			ApplicationContextRunner withBean = this.runner.withBean(Muxer.class, OtherYamux::new);
			assertMuxer(withBean.withPropertyValues("libp2p.muxers=yamux,yamux"), peer, "/yamux/1.0.0");
			assertMuxer(withBean.withPropertyValues("libp2p.muxers="), peer, "/other/1.0.0");
		}
	}

	private static void assertMuxer(ApplicationContextRunner runner, Node peer, String id) {
		runner.run((context) -> {
			Node node = context.getBean(Node.class);
			node.connect(peer.addrInfo());
			assertThat(node.connection(peer.peerId()).orElseThrow().muxer()).hasValue(id);
		});
	}

	@ParameterizedTest
	@CsvSource({ "/ip4/127.0.0.1/tcp/0,tcp", "/ip4/127.0.0.1/udp/0/quic-v1,quic", "/ip4/127.0.0.1/tcp/0/ws,websocket",
			"/ip4/127.0.0.1/tcp/0/tls/ws,websocket", "/memory/1,memory" })
	void anAddressWhoseTransportIsOffIsRefused(String address, String transport) {
		ApplicationContextRunner off = this.runner.withPropertyValues(ALL_OFF)
			.withPropertyValues("libp2p.transport." + (transport.equals("memory") ? "tcp" : "memory") + ".enabled=true",
					"libp2p.transport." + transport + ".enabled=false");
		InvalidSettingException listen = failure(off.withPropertyValues("libp2p.listen=" + address));
		assertThat(listen.property()).isEqualTo("libp2p.listen");
		assertThat(listen.value()).isEqualTo(address);
		assertThat(listen.action()).contains("libp2p.transport." + transport + ".enabled=true");
		InvalidSettingException bootstrap = failure(
				off.withPropertyValues("libp2p.bootstrap.peers[0]=" + address + PEER));
		assertThat(bootstrap.property()).isEqualTo("libp2p.bootstrap.peers[0]");
		assertThat(bootstrap.action()).contains("libp2p.transport." + transport + ".enabled=true");
	}

	@ParameterizedTest
	@ValueSource(strings = { "/dns4/example.com/tcp/4001", "/dns/example.com/tcp/4001", "/dnsaddr/example.com",
			"/ip6/::1/tcp/4001", "/dns4/example.com/udp/4001/quic-v1" })
	void aBootstrapAddressWhoseTransportIsOnIsTaken(String address) {
		this.runner.withPropertyValues("libp2p.bootstrap.peers=" + address + PEER, "libp2p.auto-startup=false")
			.run((context) -> assertThat(context).hasNotFailed());
	}

	@Test
	void aTransportOfABeanServesAnAddress() {
		this.runner.withPropertyValues("libp2p.listen=/memory/0")
			.withBean(Transport.class, MemoryTransport::new)
			.run((context) -> assertThat(context.getBean(Node.class).listenAddresses()).hasSize(1));
	}

	@Test
	void peersOfConnectionDetailsAreNotHeldToTheProperties() {
		this.runner.withPropertyValues("libp2p.bootstrap.peers=/memory/1" + PEER)
			.withBean(Libp2pConnectionDetails.class, () -> List::of)
			.run((context) -> assertThat(context).hasNotFailed());
	}

	@Test
	void whatNoTransportServesIsRefused() {
		InvalidSettingException failure = failure(this.runner.withPropertyValues("libp2p.listen=/ip4/127.0.0.1/udp/1"));
		assertThat(failure.problem()).contains("no transport of this node serves such addresses");
		assertThat(failure.action()).contains("bean of type Transport");
	}

	@Test
	void aNodeWhoseHandlersNobodyReachesSaysSo(CapturedOutput output) {
		this.runner.withUserConfiguration(Echo.class)
			.run((context) -> assertThat(output).contains("has 1 handler and listens nowhere")
				.contains("libp2p.listen"));
	}

	@Test
	void aNodeThatListensOrOnlyDialsSaysNothing(CapturedOutput output) {
		this.runner.run((context) -> assertThat(context).hasNotFailed());
		this.runner.withPropertyValues("libp2p.listen=/ip4/127.0.0.1/tcp/0")
			.withUserConfiguration(Echo.class)
			.run((context) -> assertThat(context).hasNotFailed());
		assertThat(output).doesNotContain("listens nowhere");
	}

	@Test
	void withoutItsNativeLibraryQuicIsNamedWhereItIsRequired() {
		InvalidSettingException failure = withoutQuic("libp2p.listen[0]=/ip4/127.0.0.1/tcp/0",
				"libp2p.listen[1]=/ip4/127.0.0.1/udp/0/quic-v1");
		assertThat(failure.property()).isEqualTo("libp2p.listen[1]");
		assertThat(failure.problem()).isEqualTo("no native library here");
		assertThat(failure.action()).contains("libp2p.transport.quic.required=false");
		assertThat(withoutQuic("libp2p.transport.tcp.enabled=false").problem()).contains("no transport but QUIC")
			.contains("no native library here");
	}

	@Test
	void withoutItsNativeLibraryANodeStartsWithWhatItHas(CapturedOutput output) throws Exception {
		try (Node node = create("libp2p.transport.quic.required=false", "libp2p.listen[0]=/ip4/127.0.0.1/tcp/0",
				"libp2p.listen[1]=/ip4/127.0.0.1/udp/0/quic-v1",
				"libp2p.bootstrap.peers=/ip4/127.0.0.1/udp/1/quic-v1" + PEER)) {
			node.start();
			assertThat(node.listenAddresses()).singleElement().asString().startsWith("/ip4/127.0.0.1/tcp/");
		}
		assertThat(output).containsOnlyOnce("Not listening on [/ip4/127.0.0.1/udp/0/quic-v1]: no native library here");
	}

	private static InvalidSettingException withoutQuic(String... properties) {
		InvalidSettingException[] failure = new InvalidSettingException[1];
		assertThatExceptionOfType(InvalidSettingException.class).isThrownBy(() -> create(properties))
			.satisfies((thrown) -> failure[0] = thrown);
		return failure[0];
	}

	private static Node create(String... properties) {
		MockEnvironment environment = new MockEnvironment();
		for (String property : properties) {
			int equals = property.indexOf('=');
			environment.setProperty(property.substring(0, equals), property.substring(equals + 1));
		}
		ApplicationConversionService conversion = new ApplicationConversionService();
		conversion.addConverter(new TextConverters.ToMultiaddr());
		conversion.addConverter(new TextConverters.ToAddrInfo());
		Libp2pProperties bound = new Binder(ConfigurationPropertySources.get(environment), null, conversion)
			.bindOrCreate("libp2p", Libp2pProperties.class);
		StaticListableBeanFactory none = new StaticListableBeanFactory();
		return new NodeFactory(bound, environment, none.getBeanProvider(SslBundles.class),
				none.getBeanProvider(Transport.class), none.getBeanProvider(SecurityProtocol.class),
				none.getBeanProvider(Muxer.class), none.getBeanProvider(NodeObserver.class),
				none.getBeanProvider(PeerStore.class), none.getBeanProvider(MemoryNetwork.class),
				() -> bound.bootstrap().peers(), none.getBeanProvider(ConnectionGater.class),
				none.getBeanProvider(NodeCustomizer.class), (config) -> {
					throw new IllegalStateException("no native library here");
				})
			.create(PrivateKey.generate());
	}

	private static InvalidSettingException failure(ApplicationContextRunner runner) {
		InvalidSettingException[] failure = new InvalidSettingException[1];
		runner.run((context) -> assertThat(context).getFailure()
			.rootCause()
			.isInstanceOfSatisfying(InvalidSettingException.class, (thrown) -> failure[0] = thrown));
		return failure[0];
	}

	/** Yamux under a name of its own. */
	private static final class OtherYamux implements Muxer {

		private final Muxer yamux = new YamuxMuxer(YamuxConfig.DEFAULT);

		@Override
		public String id() {
			return "/other/1.0.0";
		}

		@Override
		public MuxerSession attach(Channel channel, boolean initiator, int writeBytes, StreamAcceptor inboundStreams,
				ConnectionScope scope) {
			return this.yamux.attach(channel, initiator, writeBytes, inboundStreams, scope);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Echo {

		@Bean
		@Libp2pProtocol("/echo/1.0.0")
		StreamHandler echo() {
			return (stream) -> stream.inputStream().transferTo(stream.outputStream());
		}

	}

}

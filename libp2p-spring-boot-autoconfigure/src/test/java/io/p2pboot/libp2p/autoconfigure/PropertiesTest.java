package io.p2pboot.libp2p.autoconfigure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.crypto.KeyType;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.spring.payload.PayloadFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.logging.LogLevel;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.util.unit.DataSize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

@Timeout(60)
@ExtendWith(OutputCaptureExtension.class)
class PropertiesTest {

	private static final String PEER = "12D3KooWCAbQULjg96zaG5GRoJrLQFv7rPrzmSYncofekQTdmjkj";

	private final ApplicationContextRunner runner = new ApplicationContextRunner().withConfiguration(AutoConfigurations
		.of(Libp2pAutoConfiguration.class, Libp2pHandlerAutoConfiguration.class, SslAutoConfiguration.class));

	@TempDir
	Path folder;

	@ParameterizedTest
	@ValueSource(strings = { "libp2p.dial.timeout=0", "libp2p.dial.timeout=-1s", "libp2p.dial.timeout=30d",
			"libp2p.streams.negotiation-timeout=0", "libp2p.streams.message-timeout=0",
			"libp2p.streams.first-byte-timeout=-1ms", "libp2p.streams.max-message-size=0",
			"libp2p.streams.max-message-size=4GB", "libp2p.yamux.max-window=255KB", "libp2p.yamux.max-window=1025MB",
			"libp2p.yamux.keep-alive=0", "libp2p.yamux.write-timeout=0", "libp2p.connections.upgrade-timeout=0",
			"libp2p.datagrams.max-size=0B", "libp2p.datagrams.max-size=65536B", "libp2p.event-loop-threads=-1",
			"libp2p.event-loop-threads=1025", "libp2p.limits.connections=0", "libp2p.limits.connections-per-peer=0",
			"libp2p.limits.inbound-streams=0", "libp2p.limits.inbound-streams-per-peer=0",
			"libp2p.limits.inbound-streams-per-protocol=0", "libp2p.limits.inbound-streams-per-protocol-and-peer=0",
			"libp2p.limits.descriptors=0", "libp2p.limits.inbound-upgrades=0",
			"libp2p.limits.inbound-streams-per-connection=0", "libp2p.limits.negotiating-streams-per-connection=0",
			"libp2p.limits.unread-per-connection=255KB", "libp2p.limits.unread-per-connection=1025GB",
			"libp2p.transport.quic.keep-alive=0", "libp2p.transport.quic.inbound-streams=0",
			"libp2p.transport.quic.inbound-streams=65537", "libp2p.transport.quic.stream-window=63KB",
			"libp2p.transport.quic.stream-window=17MB", "libp2p.transport.quic.connection-window=127KB",
			"libp2p.transport.quic.connection-window=25MB", "libp2p.transport.quic.socket-buffer=63KB",
			"libp2p.transport.quic.max-packet-size=1199B", "libp2p.transport.quic.max-packet-size=16384B",
			"libp2p.transport.quic.event-loops=0", "libp2p.transport.quic.event-loops=65",
			"libp2p.transport.tcp.connect-timeout=0", "libp2p.transport.websocket.connect-timeout=0",
			"libp2p.transport.websocket.handshake-timeout=0", "libp2p.transport.quic.handshake-timeout=0",
			"libp2p.transport.quic.idle-timeout=999ms", "libp2p.transport.quic.datagrams.max-queue=0",
			"libp2p.transport.quic.datagrams.max-queue=65537", "libp2p.handlers.max-concurrent=0",
			"libp2p.bootstrap.min-connected=-1", "libp2p.shutdown.grace-period=-1ms",
			"libp2p.metrics.max-protocols=-1" })
	void aValueOutOfItsRangeIsNamedWithItsProperty(String property) {
		this.runner.withPropertyValues(property)
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.isInstanceOfSatisfying(InvalidConfigurationPropertyValueException.class, (failure) -> {
					assertThat(property).startsWith(failure.getName() + "=");
					assertThat(failure.getReason()).isNotBlank();
				}));
	}

	@ParameterizedTest
	@ValueSource(strings = { "libp2p.dial.timeout=1ms", "libp2p.streams.negotiation-timeout=1ms",
			"libp2p.streams.message-timeout=1ms", "libp2p.streams.first-byte-timeout=0",
			"libp2p.streams.max-message-size=1B", "libp2p.streams.max-message-size=1GB",
			"libp2p.yamux.max-window=256KB", "libp2p.yamux.max-window=1GB", "libp2p.transport.tcp.connect-timeout=1ms",
			"libp2p.transport.quic.handshake-timeout=1ms", "libp2p.transport.quic.idle-timeout=1s",
			"libp2p.transport.quic.datagrams.max-queue=1", "libp2p.transport.quic.datagrams.max-queue=65536",
			"libp2p.yamux.keep-alive=1ms", "libp2p.yamux.write-timeout=1ms", "libp2p.connections.upgrade-timeout=1ms",
			"libp2p.datagrams.max-size=1B", "libp2p.datagrams.max-size=65535B", "libp2p.event-loop-threads=1",
			"libp2p.limits.inbound-streams=1", "libp2p.limits.inbound-streams-per-peer=1",
			"libp2p.limits.inbound-streams-per-protocol=1", "libp2p.limits.inbound-streams-per-protocol-and-peer=1",
			"libp2p.limits.descriptors=1", "libp2p.limits.connections=1", "libp2p.limits.connections-per-peer=1",
			"libp2p.limits.inbound-upgrades=1", "libp2p.limits.inbound-streams-per-connection=1",
			"libp2p.limits.negotiating-streams-per-connection=1", "libp2p.limits.unread-per-connection=256KB",
			"libp2p.limits.unread-per-connection=1TB", "libp2p.transport.quic.keep-alive=1ms",
			"libp2p.transport.quic.inbound-streams=65536", "libp2p.transport.quic.stream-window=64KB",
			"libp2p.transport.quic.connection-window=24MB", "libp2p.transport.quic.socket-buffer=64KB",
			"libp2p.transport.quic.max-packet-size=1200B", "libp2p.transport.quic.max-packet-size=16383B",
			"libp2p.transport.quic.event-loops=64", "libp2p.handlers.max-concurrent=1",
			"libp2p.shutdown.grace-period=0", "libp2p.metrics.max-protocols=0" })
	void aValueAtTheEndOfItsRangeIsTaken(String property) {
		this.runner.withPropertyValues(property)
			.run((context) -> assertThat(context).hasNotFailed().hasSingleBean(Node.class));
	}

	@Test
	@EnabledForJreRange(max = JRE.JAVA_20)
	void virtualThreadsOfAnOldJavaAreNamed() {
		this.runner.withPropertyValues("libp2p.handlers.threading=virtual")
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.isInstanceOf(InvalidConfigurationPropertyValueException.class)
				.hasMessageContaining("libp2p.handlers.threading")
				.hasMessageContaining("Java 21"));
	}

	@Test
	void anSslBundleThatIsNotThereIsNamed() {
		this.runner
			.withPropertyValues("libp2p.transport.websocket.enabled=true", "libp2p.transport.websocket.ssl.bundle=none")
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.isInstanceOf(InvalidConfigurationPropertyValueException.class)
				.hasMessageContaining("libp2p.transport.websocket.ssl.bundle")
				.hasMessageContaining("spring.ssl.bundle"));
	}

	@Test
	void aUserReadsWhichValueOfWhichFileIsWrong(CapturedOutput output) throws IOException {
		assertThatException().isThrownBy(() -> run("""
				libp2p:
				  listen:
				  - /ip4/127.0.0.1/tcp/0
				  - /ip4/127.0.0.1/tpc/0
				"""));
		assertThat(output).contains("APPLICATION FAILED TO START")
			.contains("The value '/ip4/127.0.0.1/tpc/0' of libp2p.listen[1]")
			.contains("application.yml] - 4:5")
			.contains("Set libp2p.listen[1] to a multiaddr, for example /ip4/0.0.0.0/tcp/4001.")
			.doesNotContain("\tat ");
	}

	@Test
	void aUserReadsWhichNumberOfWhichFileIsWrong(CapturedOutput output) throws IOException {
		assertThatException().isThrownBy(() -> run("""
				libp2p:
				  dial:
				    timeout: -1s
				"""));
		assertThat(output).contains("APPLICATION FAILED TO START")
			.contains("libp2p.dial.timeout")
			.contains("application.yml] - 3:14")
			.contains("1ms to")
			.doesNotContain("\tat ");
	}

	@Test
	void everyPropertyIsBoundFromYamlHoweverItIsWritten() throws IOException {
		try (ConfigurableApplicationContext context = run(
				"""
						libp2p:
						  enabled: true
						  autoStartup: false
						  AGENT_VERSION: my-service/1.4.0
						  identity: {type: ECDSA, generate: never}
						  listen: [/ip4/127.0.0.1/tcp/0, /ip4/127.0.0.1/tcp/0/ws]
						  announce: /dns4/example.com/tcp/4001
						  transport:
						    tcp: {enabled: true, connect_timeout: 6s, reusePort: false}
						    quic: {enabled: false, required: false, idleTimeout: 31s, keep-alive: 9s, inbound-streams: 3,
						    stream-window: 1MB, connection-window: 2MB, socket-buffer: 3MB, max-packet-size: 1400B, eventLoops: 2, datagrams: {enabled: false, max-queue: 256}}
						    websocket: {enabled: true}
						    memory: {enabled: true}
						  security: [tls, noise]
						  muxers: yamux
						  yamux: {max-window: 8MB, keep-alive: 7s, write-timeout: 6s}
						  dial: {timeout: 16s}
						  streams: {negotiation-timeout: 11s, messageTimeout: 31s, first-byte-timeout: 21s, maxMessageSize: 5MB}
						  handlers: {threading: Platform, max-concurrent: 3, format: CBOR, failure-log-level: error, error-bodies: true, traceContext: true}
						  template: {error-bodies: true, trace-context: true}
						  bootstrap: {peers: ["/ip4/127.0.0.1/tcp/1/p2p/%s"], min-connected: 1, fail-fast: true}
						  shutdown: {grace-period: 1m}
						  metrics: {histograms: false, max-protocols: 7}
						  observations: {streams: false, datagrams: false, calls: false}
						"""
					.formatted(PEER))) {
			Libp2pProperties properties = context.getBean(Libp2pProperties.class);
			assertThat(properties.autoStartup()).isFalse();
			assertThat(properties.agentVersion()).isEqualTo("my-service/1.4.0");
			assertThat(properties.identity().type()).isEqualTo(KeyType.ECDSA);
			assertThat(properties.identity().generate()).isEqualTo(Libp2pProperties.Generate.NEVER);
			assertThat(properties.listen()).hasSize(2);
			assertThat(properties.announce()).containsExactly(Multiaddr.parse("/dns4/example.com/tcp/4001"));
			assertTransports(properties.transport());
			assertThat(properties.security()).containsExactly(Libp2pProperties.Security.TLS,
					Libp2pProperties.Security.NOISE);
			assertThat(properties.yamux()).isEqualTo(
					new Libp2pProperties.Yamux(DataSize.ofMegabytes(8), Duration.ofSeconds(7), Duration.ofSeconds(6)));
			assertThat(properties.dial().timeout()).isEqualTo(Duration.ofSeconds(16));
			assertThat(properties.streams()).isEqualTo(new Libp2pProperties.Streams(Duration.ofSeconds(11),
					Duration.ofSeconds(31), Duration.ofSeconds(21), DataSize.ofMegabytes(5)));
			assertThat(properties.handlers()).isEqualTo(new Libp2pProperties.Handlers(
					Libp2pProperties.HandlerThreading.PLATFORM, 3, PayloadFormat.CBOR, LogLevel.ERROR, true, true));
			assertThat(properties.template()).isEqualTo(new Libp2pProperties.Template(true, true));
			assertThat(properties.bootstrap().peers())
				.containsExactly(AddrInfo.parse("/ip4/127.0.0.1/tcp/1/p2p/" + PEER));
			assertThat(properties.bootstrap().minConnected()).isOne();
			assertThat(properties.shutdown().gracePeriod()).isEqualTo(Duration.ofMinutes(1));
			assertThat(properties.metrics()).isEqualTo(new Libp2pProperties.Metrics(false, 7));
			assertThat(properties.observations()).isEqualTo(new Libp2pProperties.Observations(false, false, false));
		}
	}

	private static void assertTransports(Libp2pProperties.Transports transport) {
		assertThat(transport.tcp()).isEqualTo(new Libp2pProperties.Tcp(true, Duration.ofSeconds(6), false));
		assertThat(transport.quic()).isEqualTo(new Libp2pProperties.Quic(false, false, Duration.ofSeconds(10),
				Duration.ofSeconds(31), Duration.ofSeconds(9), 3, DataSize.ofMegabytes(1), DataSize.ofMegabytes(2),
				DataSize.ofMegabytes(3), DataSize.ofBytes(1400), 2, new Libp2pProperties.QuicDatagrams(false, 256)));
		assertThat(transport.websocket().enabled()).isTrue();
		assertThat(transport.memory().enabled()).isTrue();
	}

	private ConfigurableApplicationContext run(String yaml) throws IOException {
		Files.writeString(this.folder.resolve("application.yml"), yaml);
		return new SpringApplicationBuilder(App.class).web(WebApplicationType.NONE)
			.properties("spring.config.location=file:" + this.folder + "/")
			.run();
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class App {

	}

}

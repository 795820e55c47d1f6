package io.p2pboot.libp2p.test;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import io.p2pboot.libp2p.Datagram;
import io.p2pboot.libp2p.DialFailed;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.autoconfigure.Libp2pProperties;
import io.p2pboot.libp2p.node.NodeBuilder;
import io.p2pboot.libp2p.spring.Libp2pProtocol;
import io.p2pboot.libp2p.spring.Libp2pTemplate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

@Timeout(60)
@SpringBootTest(properties = "libp2p.listen[0]=/ip4/0.0.0.0/tcp/4001")
@AutoConfigureTestLibp2pTransport
class TestTransportTest {

	@Autowired
	private TestPeer peer;

	@Autowired
	private Node node;

	@Autowired
	private Libp2pProperties properties;

	@Autowired
	private Libp2pTemplate template;

	@Autowired
	private Handlers handlers;

	@LocalLibp2pPort
	private long port;

	@Test
	void theNodeListensInMemoryWhateverItsProperties() {
		assertThat(this.node.listenAddresses()).hasSize(1).first().hasToString("/memory/" + this.port);
	}

	@Test
	void theNodeDialsInMemoryOnly() throws Exception {
		Libp2pProperties.Transports transports = this.properties.transport();
		assertThat(transports.memory().enabled()).isTrue();
		assertThat(transports.tcp().enabled()).isFalse();
		assertThat(transports.quic().enabled()).isFalse();
		assertThat(transports.websocket().enabled()).isFalse();
		try (Node other = NodeBuilder.create().listen("/ip4/127.0.0.1/tcp/0").start()) {
			assertThatExceptionOfType(DialFailed.class).isThrownBy(() -> this.template.connect(other.addrInfo()))
				.withMessageContaining("transport");
		}
	}

	@Test
	void thePeerCallsEveryKindOfHandler() throws Exception {
		assertThat(this.peer.request("/upper/1.0.0", "hello", String.class)).isEqualTo("HELLO");
		try (Stream stream = this.peer.openStream("/echo/1.0.0")) {
			stream.outputStream().write(7);
			stream.closeWrite();
			assertThat(stream.inputStream().readAllBytes()).containsExactly(7);
		}
		this.peer.sendDatagram("/telemetry/1.0.0", ByteBuffer.wrap(new byte[] { 1, 2 }));
		Datagram datagram = this.handlers.received.poll(20, TimeUnit.SECONDS);
		assertThat(datagram).isNotNull();
		assertThat(datagram.peer().id()).isEqualTo(this.peer.peerId());
	}

	@Test
	void theApplicationCallsThePeer() throws Exception {
		BlockingQueue<Datagram> datagrams = new LinkedBlockingQueue<>();
		this.peer.serve("/peer/1.0.0", (stream) -> stream.inputStream().transferTo(stream.outputStream()));
		this.peer.serveDatagrams("/peer/datagrams/1.0.0", datagrams::add);
		assertThat(this.template.request(this.peer.address(), "/peer/1.0.0", "same", String.class)).isEqualTo("same");
		this.template.sendDatagram(this.peer.address(), "/peer/datagrams/1.0.0",
				ByteBuffer.wrap("21".getBytes(StandardCharsets.UTF_8)));
		assertThat(datagrams.poll(20, TimeUnit.SECONDS)).isNotNull();
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@Import(Handlers.class)
	static class App {

	}

	static class Handlers {

		private final BlockingQueue<Datagram> received = new LinkedBlockingQueue<>();

		@Libp2pProtocol("/upper/1.0.0")
		String upper(String text) {
			return text.toUpperCase(java.util.Locale.ROOT);
		}

		@Libp2pProtocol("/echo/1.0.0")
		void echo(Stream stream) throws IOException {
			stream.inputStream().transferTo(stream.outputStream());
		}

		@Libp2pProtocol("/telemetry/1.0.0")
		void telemetry(Datagram datagram) {
			this.received.add(datagram);
		}

	}

}

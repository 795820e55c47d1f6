package io.p2pboot.libp2p.circuit;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.ConnectOptions;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.ConnectionListener;
import io.p2pboot.libp2p.DialFailed;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamProtocol;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.node.NodeBuilder;
import io.p2pboot.libp2p.transport.Transport;
import io.p2pboot.libp2p.transport.quic.QuicTransport;
import io.p2pboot.libp2p.transport.tcp.TcpTransport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Connections whose channel is a stream, as those of relays are.
 */
@Timeout(60)
class CircuitTest {

	private static final ProtocolPath ECHO = ProtocolPath.of("/echo/1.0.0");

	private static final ConnectOptions LIMITED = ConnectOptions.DEFAULT.allowingLimited();

	private final CircuitRelay circuits = new CircuitRelay();

	private NettyNode relay;

	private NettyNode target;

	private NettyNode dialler;

	private void start(String listen) throws IOException {
		start(listen, client(listen).listen(listen));
	}

	private void start(String listen, NodeBuilder target) throws IOException {
		this.relay = NodeBuilder.create().transport(transport(listen)).listen(listen).service(this.circuits).start();
		this.target = target.start();
		this.dialler = client(listen).start();
		this.target.mountProtocol(ECHO, StreamProtocol.create())
			.serve(this.target.executor(), (stream) -> stream.inputStream().transferTo(stream.outputStream()));
		this.target.connect(this.relay.addrInfo());
		CompletableFuture<Void> known = new CompletableFuture<>();
		this.relay.addConnectionListener(new ConnectionListener() {

			@Override
			public void connected(Connection connection) {
				known.complete(null);
			}

		});
		if (this.relay.connection(this.target.peerId()).isPresent()) {
			known.complete(null);
		}
		known.join();
	}

	private static NodeBuilder client(String listen) {
		CircuitTransport circuit = new CircuitTransport();
		return NodeBuilder.create().transport(transport(listen)).transport(circuit).service(circuit);
	}

	private static Transport transport(String listen) {
		return listen.contains("quic") ? new QuicTransport() : new TcpTransport();
	}

	@AfterEach
	void close() {
		this.dialler.close();
		this.target.close();
		this.relay.close();
	}

	private AddrInfo throughTheRelay() {
		Multiaddr relayed = Multiaddr
			.parse(this.relay.listenAddresses().get(0) + "/p2p/" + this.relay.peerId() + "/p2p-circuit");
		return new AddrInfo(this.target.peerId(), List.of(relayed));
	}

	@ParameterizedTest
	@ValueSource(strings = { "/ip4/127.0.0.1/tcp/0", "/ip4/127.0.0.1/udp/0/quic-v1" })
	void aCircuitCarriesEightMebibytesAndIsLimited(String listen) throws IOException {
		start(listen);
		Connection circuit = this.dialler.connect(throughTheRelay(), LIMITED);
		assertThat(circuit.isLimited()).isTrue();
		assertThat(circuit.limit()).hasValue(CircuitTransport.LIMIT);
		assertThat(circuit.relay()).hasValue(this.relay.peerId());
		assertThat(circuit.transport()).isEqualTo(CircuitTransport.NAME);
		byte[] sent = new byte[8 << 20];
		new Random(8).nextBytes(sent);
		try (Stream stream = this.dialler.openStream(this.target.addrInfo(), ECHO, LIMITED)) {
			Thread writer = new Thread(() -> write(stream, sent));
			writer.start();
			assertThat(stream.inputStream().readAllBytes()).isEqualTo(sent);
		}
		assertThat(this.dialler.connections()).hasSize(2);
	}

	private static void write(Stream stream, byte[] bytes) {
		try {
			stream.outputStream().write(bytes);
			stream.closeWrite();
		}
		catch (IOException ex) {
			throw new AssertionError(ex);
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "/ip4/127.0.0.1/tcp/0", "/ip4/127.0.0.1/udp/0/quic-v1" })
	void aLaterDirectConnectionIsPreferred(String listen) throws IOException {
		start(listen);
		Connection circuit = this.dialler.connect(throughTheRelay(), LIMITED);
		Connection direct = this.dialler.connect(this.target.addrInfo());
		assertThat(direct.isLimited()).isFalse();
		assertThat(direct.relay()).isEmpty();
		assertThat(this.dialler.connection(this.target.peerId())).hasValue(direct);
		assertThat(circuit.isOpen()).isTrue();
		try (Stream stream = this.dialler.openStream(this.target.addrInfo(), ECHO)) {
			assertThat(stream.connection()).isSameAs(direct);
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "/ip4/127.0.0.1/tcp/0", "/ip4/127.0.0.1/udp/0/quic-v1" })
	void whoWantsMoreIsNotContentWithALimitedConnection(String listen) throws IOException {
		// Where the target listens identify tells it, and the dial goes on there.
		start(listen, client(listen));
		assertThatExceptionOfType(DialFailed.class).isThrownBy(() -> this.dialler.connect(throughTheRelay()))
			.withMessageContaining("limits the connection");
		// Others use it all the same.
		Optional<Connection> circuit = this.dialler.connection(this.target.peerId());
		assertThat(circuit).isPresent();
		assertThat(this.dialler.connect(throughTheRelay(), LIMITED)).isSameAs(circuit.get());
		assertThatExceptionOfType(DialFailed.class)
			.isThrownBy(() -> this.dialler.connect(throughTheRelay(), LIMITED.directOnly()))
			.withMessageContaining("relay");
	}

	@ParameterizedTest
	@ValueSource(strings = { "/ip4/127.0.0.1/tcp/0", "/ip4/127.0.0.1/udp/0/quic-v1" })
	void theEndOfTheCarrierIsSeenAtOnce(String listen) throws Exception {
		start(listen);
		CountDownLatch ended = new CountDownLatch(1);
		Connection circuit = this.dialler.connect(throughTheRelay(), LIMITED);
		this.dialler.addConnectionListener(new ConnectionListener() {

			@Override
			public void disconnected(Connection connection) {
				if (connection == circuit) {
					ended.countDown();
				}
			}

		});
		this.circuits.hops.remove().closeWrite();
		// Keep-alives would see it after ten seconds.
		assertThat(ended.await(8, TimeUnit.SECONDS)).isTrue();
	}

}

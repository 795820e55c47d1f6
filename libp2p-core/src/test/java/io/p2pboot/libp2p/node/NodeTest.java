package io.p2pboot.libp2p.node;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.DatagramProtocol;
import io.p2pboot.libp2p.ErrorCode;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamProtocol;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.transport.memory.MemoryNetwork;
import io.p2pboot.libp2p.transport.memory.MemoryTransport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

@Timeout(60)
class NodeTest {

	private static final ProtocolPath ECHO = ProtocolPath.of("/echo/1.0.0");

	@Test
	void anAddedTransportKeepsTheDefaultOnes() throws IOException {
		try (Node node = NodeBuilder.create()
			.addTransport(new MemoryTransport(MemoryNetwork.create()))
			.listen("/memory/0")
			.listen("/ip4/127.0.0.1/tcp/0")
			.start()) {
			assertThat(node.listenAddresses()).hasSize(2);
		}
	}

	@Test
	void listensOnlyOnAnAddressThatNamesNoOtherPeer() throws IOException {
		PrivateKey identity = PrivateKey.generate();
		PeerId own = PeerId.of(identity.publicKey());
		PeerId other = PeerId.of(PrivateKey.generate().publicKey());
		try (Node node = NodeBuilder.create().identity(identity).listen("/ip4/127.0.0.1/tcp/0/p2p/" + own).start()) {
			assertThat(node.listenAddresses()).hasSize(1);
		}
		assertThatIOException()
			.isThrownBy(
					() -> NodeBuilder.create().identity(identity).listen("/ip4/127.0.0.1/tcp/0/p2p/" + other).start())
			.withMessageContaining("/ip4/127.0.0.1/tcp/0/p2p/" + other)
			.withMessageContaining(own.toString());
	}

	@Test
	void streamsEchoOverTcpNoiseAndYamux() throws IOException {
		ExecutorService executor = Executors.newCachedThreadPool();
		try (Node server = NodeBuilder.create().listen("/ip4/127.0.0.1/tcp/0").start();
				Node client = NodeBuilder.create().start()) {
			server.mountProtocol(ECHO, StreamProtocol.create())
				.serve(executor, (stream) -> stream.inputStream().transferTo(stream.outputStream()));
			try (Stream stream = client.openStream(server.addrInfo(), ECHO)) {
				stream.outputStream().write("hello".getBytes(StandardCharsets.UTF_8));
				stream.closeWrite();
				assertThat(stream.inputStream().readAllBytes()).asString().isEqualTo("hello");
			}
		}
		finally {
			executor.shutdownNow();
		}
	}

	@Test
	void aHandlerEndsTheAcceptThatWaits() throws Exception {
		ExecutorService executor = Executors.newCachedThreadPool();
		try (Node node = NodeBuilder.create().start()) {
			StreamProtocol streams = node.mountProtocol(ECHO, StreamProtocol.create());
			DatagramProtocol datagrams = node.mountProtocol(ProtocolPath.of("/datagrams/1.0.0"),
					DatagramProtocol.create());
			CountDownLatch begun = new CountDownLatch(2);
			List<Future<?>> accepts = List.of(executor.submit(() -> {
				begun.countDown();
				return streams.acceptStream();
			}), executor.submit(() -> {
				begun.countDown();
				return datagrams.acceptDatagram();
			}));
			await(begun);
			streams.serve(executor, (stream) -> stream.reset(0));
			datagrams.serve(executor, (datagram) -> assertThat(datagram).isNotNull());
			for (Future<?> accept : accepts) {
				assertThatThrownBy(() -> accept.get(20, TimeUnit.SECONDS))
					.hasCauseInstanceOf(IllegalStateException.class);
			}
		}
		finally {
			executor.shutdownNow();
		}
	}

	@Test
	void everyAddressIsListedWhenStartReturns() throws IOException {
		try (Node node = NodeBuilder.create()
			.transport(new MemoryTransport(MemoryNetwork.create()))
			.listen("/memory/0")
			.build()) {
			for (int round = 0; round < 500; round++) {
				node.start();
				assertThat(node.listenAddresses()).hasSize(1);
				node.stop();
				assertThat(node.listenAddresses()).isEmpty();
			}
		}
	}

	/** The leak check of this class finds what was not freed. */
	@Test
	void whatAHandlerLeftUnreadIsFreedWhenItThrows() throws Exception {
		CountDownLatch ended = new CountDownLatch(1);
		ExecutorService executor = Executors.newCachedThreadPool();
		try (Node server = NodeBuilder.create().listen("/ip4/127.0.0.1/tcp/0").start();
				Node client = NodeBuilder.create().start()) {
			server.mountProtocol(ECHO, StreamProtocol.create()).serve(executor, (stream) -> {
				if (stream.inputStream().read() == 'h') {
					await(ended);
					throw StreamReset.local(7);
				}
			});
			Stream failing = client.openStream(server.addrInfo(), ECHO);
			failing.outputStream().write("hello".getBytes(StandardCharsets.UTF_8));
			failing.closeWrite();
			// The answer to a later stream tells that the end of this one has arrived.
			Stream later = client.openStream(server.addrInfo(), ECHO);
			later.closeWrite();
			assertThat(later.inputStream().read()).isEqualTo(-1);
			ended.countDown();
			assertThatThrownBy(() -> failing.inputStream().read()).isInstanceOfSatisfying(StreamReset.class,
					(reset) -> assertThat(reset.code()).hasValue(7));
		}
		finally {
			executor.shutdownNow();
		}
	}

	@Test
	void drainingRefusesInboundStreamsAndLetsOutboundOnesBe() throws Exception {
		CountDownLatch served = new CountDownLatch(1);
		CountDownLatch release = new CountDownLatch(1);
		ExecutorService executor = Executors.newCachedThreadPool();
		try (Node server = NodeBuilder.create().listen("/ip4/127.0.0.1/tcp/0").start();
				Node client = NodeBuilder.create().listen("/ip4/127.0.0.1/tcp/0").start()) {
			server.mountProtocol(ECHO, StreamProtocol.create()).serve(executor, (stream) -> {
				served.countDown();
				await(release);
				stream.outputStream().write(1);
			});
			client.mountProtocol(ECHO, StreamProtocol.create())
				.serve(executor, (stream) -> stream.inputStream().transferTo(stream.outputStream()));
			Stream held = client.openStream(server.addrInfo(), ECHO);
			held.closeWrite();
			await(served);
			Future<Boolean> drained = executor.submit(() -> server.drain(Duration.ofSeconds(20)));
			while (!server.isDraining() || !server.listenAddresses().isEmpty()) {
				Thread.onSpinWait();
			}
			assertThat(server.isRunning()).isTrue();
			// What identify told is proposed without waiting for the answer.
			assertThatThrownBy(() -> client.openStream(server.addrInfo(), ECHO).inputStream().read())
				.isInstanceOf(IOException.class);
			try (Stream outbound = server.openStream(client.addrInfo(), ECHO)) {
				outbound.outputStream().write(7);
				outbound.closeWrite();
				assertThat(outbound.inputStream().readAllBytes()).containsExactly(7);
			}
			release.countDown();
			assertThat(held.inputStream().readAllBytes()).containsExactly(1);
			assertThat(drained.get(20, TimeUnit.SECONDS)).isTrue();
			server.start();
			assertThat(server.isDraining()).isFalse();
			try (Stream again = client.openStream(server.addrInfo(), ECHO)) {
				again.closeWrite();
				assertThat(again.inputStream().readAllBytes()).containsExactly(1);
			}
		}
		finally {
			executor.shutdownNow();
		}
	}

	@Test
	void drainingResetsWhatIsLeftAfterTheGracePeriod() throws Exception {
		CountDownLatch served = new CountDownLatch(1);
		ExecutorService executor = Executors.newCachedThreadPool();
		try (Node server = NodeBuilder.create().listen("/ip4/127.0.0.1/tcp/0").start();
				Node client = NodeBuilder.create().start()) {
			server.mountProtocol(ECHO, StreamProtocol.create()).serve(executor, (stream) -> {
				served.countDown();
				stream.inputStream().transferTo(stream.outputStream());
			});
			Stream held = client.openStream(server.addrInfo(), ECHO);
			held.outputStream().write(1);
			await(served);
			assertThat(held.inputStream().read()).isEqualTo(1);
			assertThat(server.drain(Duration.ofMillis(50))).isFalse();
			assertThatThrownBy(() -> held.inputStream().read()).isInstanceOfSatisfying(StreamReset.class,
					(reset) -> assertThat(reset.errorCode()).hasValue(ErrorCode.SHUTDOWN));
		}
		finally {
			executor.shutdownNow();
		}
	}

	@Test
	void drainingDoesNotWaitForIdleConnectionsThatShareTheListenersSocket() throws Exception {
		ExecutorService executor = Executors.newCachedThreadPool();
		try (Node server = NodeBuilder.create()
			.listen("/ip4/127.0.0.1/udp/0/quic-v1")
			.listen("/ip4/127.0.0.1/tcp/0")
			.start(); Node client = NodeBuilder.create().start()) {
			Multiaddr quic = server.listenAddresses()
				.stream()
				.filter((address) -> address.toString().endsWith("/quic-v1"))
				.findFirst()
				.orElseThrow();
			int port = quic.ipSocketAddress().orElseThrow().getPort();
			client.connect(new AddrInfo(server.peerId(), List.of(quic)));
			// Well below the time after which stopping gives up on a socket.
			assertThat(executor.submit(() -> server.drain(Duration.ofSeconds(20))).get(3, TimeUnit.SECONDS)).isTrue();
			assertThat(server.listenAddresses()).isEmpty();
			assertThat(client.connection(server.peerId()).orElseThrow().transport()).isEqualTo("quic-v1");
			server.stop();
			try (DatagramSocket free = new DatagramSocket(port, InetAddress.getLoopbackAddress())) {
				assertThat(free.isBound()).isTrue();
			}
		}
		finally {
			executor.shutdownNow();
		}
	}

	private static void await(CountDownLatch latch) throws IOException {
		try {
			assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
		}
		catch (InterruptedException ex) {
			throw new IOException(ex);
		}
	}

}

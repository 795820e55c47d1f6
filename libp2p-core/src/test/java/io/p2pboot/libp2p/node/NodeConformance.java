package io.p2pboot.libp2p.node;

import java.io.IOException;
import java.nio.channels.AsynchronousCloseException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.ConnectionListener;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.ProtocolUnsupported;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamProtocol;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.resource.ConnectionLimits;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * What a node means on every transport.
 */
abstract class NodeConformance extends DialConformance {

	@Test
	void unmountingEndsAcceptsAndRefusesNewStreams() throws Exception {
		StreamProtocol serving = this.server.mountProtocol(PATH, StreamProtocol.create());
		Future<Stream> accepting = this.executor.submit(serving::acceptStream);
		this.server.unmountProtocol(PATH);
		this.server.unmountProtocol(PATH);
		assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> accepting.get(20, TimeUnit.SECONDS))
			.withCauseInstanceOf(AsynchronousCloseException.class);
		assertThatExceptionOfType(ProtocolUnsupported.class)
			.isThrownBy(() -> this.client.openStream(this.server.addrInfo(), PATH));
		assertThat(this.server.protocols()).doesNotContain(PATH);
		assertThat(this.client.connections()).hasSize(1);
	}

	@Test
	void closingEndsAccepts() throws Exception {
		StreamProtocol serving = this.server.mountProtocol(PATH, StreamProtocol.create());
		Future<Stream> accepting = this.executor.submit(serving::acceptStream);
		this.server.close();
		this.server.close();
		assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> accepting.get(20, TimeUnit.SECONDS))
			.withCauseInstanceOf(AsynchronousCloseException.class);
		assertThatIllegalStateException().isThrownBy(() -> this.server.start());
		assertThatIllegalStateException().isThrownBy(() -> this.server.mountProtocol(PATH, StreamProtocol.create()));
	}

	@Test
	void aPathAndAProtocolAreMountedOnce() throws Exception {
		StreamProtocol first = this.server.mountProtocol(PATH, StreamProtocol.create());
		StreamProtocol second = StreamProtocol.create();
		assertThatIllegalStateException().isThrownBy(() -> this.server.mountProtocol(PATH, second))
			.withMessageContaining(PATH.toString());
		ProtocolPath other = ProtocolPath.of("/other/1.0.0");
		assertThatIllegalStateException().isThrownBy(() -> this.server.mountProtocol(other, first));
		assertThat(this.server.protocols()).contains(PATH).doesNotContain(other);
		this.server.mountProtocol(other, second);
	}

	@Test
	void blockingCallsOnAnEventLoopAreRefused() throws Exception {
		serveEcho(this.server, this.executor);
		this.client.connect(this.server.addrInfo());
		Stream stream = this.client.openStream(this.server.addrInfo(), PATH);
		Queue<Throwable> thrown = new ConcurrentLinkedQueue<>();
		List<Callable<?>> calls = List.of(() -> {
			this.client.connect(this.server.addrInfo());
			return null;
		}, () -> this.client.openStream(this.server.addrInfo(), PATH), () -> stream.inputStream().read(), () -> {
			stream.outputStream().write(1);
			return null;
		}, () -> {
			this.client.stop();
			return null;
		}, () -> {
			this.client.close();
			return null;
		});
		CountDownLatch done = new CountDownLatch(1);
		this.client.connectAsync(this.server.addrInfo()).addListener((connected) -> {
			for (Callable<?> call : calls) {
				try {
					call.call();
				}
				catch (Throwable ex) {
					thrown.add(ex);
				}
			}
			done.countDown();
		});
		assertThat(done.await(20, TimeUnit.SECONDS)).isTrue();
		assertThat(thrown).hasSize(calls.size())
			.allSatisfy((ex) -> assertThat(ex).isInstanceOf(IllegalStateException.class)
				.hasMessageContaining("event loop"));
		stream.close();
	}

	// T40
	@Test
	void aNodeServesAgainAfterAStop() throws Exception {
		serveEcho(this.server, this.executor);
		PeerId before = this.server.peerId();
		for (int round = 0; round < 5; round++) {
			echo(this.client, this.server.addrInfo());
			this.server.stop();
			this.server.stop();
			assertThat(this.server.isRunning()).isFalse();
			eventually("the connection gone", () -> this.client.connections().isEmpty());
			assertThatIllegalStateException().isThrownBy(() -> this.server.connect(this.client.addrInfo()));
			this.server.start();
			this.server.start();
		}
		echo(this.client, this.server.addrInfo());
		assertThat(this.server.peerId()).isEqualTo(before);
	}

	@Test
	void aGracefulStopWaitsForTheStreamsThatAreServed() throws Exception {
		NettyNode patient = started(link().server().shutdownGrace(Duration.ofSeconds(20)));
		CountDownLatch serving = new CountDownLatch(1);
		CountDownLatch finish = new CountDownLatch(1);
		patient.mountProtocol(PATH, StreamProtocol.create()).serve(this.executor, (stream) -> {
			serving.countDown();
			stream.inputStream().readAllBytes();
			stream.outputStream().write("served".getBytes());
			finish.countDown();
		});
		Stream stream = this.client.openStream(patient.addrInfo(), PATH);
		stream.outputStream().write(1);
		assertThat(serving.await(20, TimeUnit.SECONDS)).isTrue();
		Future<?> stopping = this.executor.submit(patient::stop);
		eventually("the stop begun", () -> patient.listenAddresses().isEmpty());
		assertThat(stopping.isDone()).isFalse();
		stream.closeWrite();
		assertThat(stream.inputStream().readAllBytes()).asString().isEqualTo("served");
		stopping.get(20, TimeUnit.SECONDS);
		assertThat(finish.getCount()).isZero();
	}

	@Test
	void theEndOfAConnectionHasACauseOnBothSides() throws Exception {
		Connection ours = this.client.connect(this.server.addrInfo());
		eventually("the connection", () -> this.server.connections().size() == 1);
		Connection theirs = this.server.connections().get(0);
		assertThat(ours.endCause()).isEmpty();
		ours.close();
		eventually("both ends", () -> ours.endCause().isPresent() && theirs.endCause().isPresent());
		assertThat(ours.endCause().orElseThrow().getMessage()).isNotBlank();
		assertThat(theirs.endCause().orElseThrow().getMessage()).isNotBlank();
	}

	@Test
	void whatWasWrittenArrivesThoughTheNodeClosesAtOnce() throws Exception {
		StreamProtocol serving = this.server.mountProtocol(PATH, StreamProtocol.create());
		byte[] sent = new byte[200_000];
		new Random(sent.length).nextBytes(sent);
		for (int round = 0; round < 5; round++) {
			NettyNode hasty = started(link().client());
			try (Stream stream = hasty.openStream(this.server.addrInfo(), PATH)) {
				stream.outputStream().write(sent);
			}
			hasty.close();
			// Not before: nothing that the reader does may be needed.
			Stream received = serving.acceptStream();
			assertThat(received.inputStream().readAllBytes()).as("round %d", round).isEqualTo(sent);
		}
	}

	@Test
	void aStopEndsWithItsGraceWhereThePeerReadsNothing() throws Exception {
		StreamProtocol serving = this.server.mountProtocol(PATH, StreamProtocol.create());
		NettyNode hasty = started(link().client().shutdownGrace(Duration.ofMillis(300)));
		Stream stream = hasty.openStream(this.server.addrInfo(), PATH);
		Future<?> writing = this.executor.submit(() -> {
			stream.outputStream().write(new byte[32 << 20]);
			return null;
		});
		Stream received = serving.acceptStream();
		assertThat(received.inputStream().read()).isZero();
		hasty.close();
		assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> writing.get(20, TimeUnit.SECONDS))
			.withCauseInstanceOf(IOException.class);
	}

	// T31
	@Test
	void nodesThatDialEachOtherAtOnceEndWithAUsableConnection() throws Exception {
		NettyNode other = started(link().server().observer(this.clientEvents).shutdownGrace(Duration.ZERO));
		serveEcho(this.server, this.executor);
		serveEcho(other, this.executor);
		for (int round = 0; round < 10; round++) {
			CountDownLatch go = new CountDownLatch(1);
			Future<?> there = this.executor.submit(() -> {
				go.await();
				this.server.connect(other.addrInfo());
				return null;
			});
			Future<?> back = this.executor.submit(() -> {
				go.await();
				other.connect(this.server.addrInfo());
				return null;
			});
			go.countDown();
			there.get(20, TimeUnit.SECONDS);
			back.get(20, TimeUnit.SECONDS);
			echo(this.server, other.addrInfo());
			echo(other, this.server.addrInfo());
			// The second of the two dials may still come through after the first is
			// closed.
			eventually("both ends closed", () -> {
				this.server.disconnect(other.peerId());
				return this.server.connections().isEmpty() && other.connections().isEmpty();
			});
		}
	}

	// T39, T41
	@Test
	void connectionEventsComeInOrderAndMayCallTheNode() throws Exception {
		Queue<String> events = new ConcurrentLinkedQueue<>();
		Node.Subscription failing = this.client.addConnectionListener(new ConnectionListener() {

			@Override
			public void connected(Connection connection) {
				throw new IllegalStateException("expected");
			}

		});
		Node.Subscription subscription = this.client.addConnectionListener(new ConnectionListener() {

			@Override
			public void connected(Connection connection) {
				events.add("connected " + NodeConformance.this.client.connection(connection.remotePeer()).isPresent());
				connection.close();
			}

			@Override
			public void disconnected(Connection connection) {
				events.add("disconnected " + connection.isOpen());
			}

		});
		for (int round = 1; round <= 3; round++) {
			this.client.connect(this.server.addrInfo());
			int expected = 2 * round;
			eventually("two events more", () -> events.size() == expected);
		}
		assertThat(events).containsExactly("connected true", "disconnected false", "connected true",
				"disconnected false", "connected true", "disconnected false");
		failing.close();
		subscription.close();
		this.client.connect(this.server.addrInfo());
		assertThat(this.client.connections()).hasSize(1);
		assertThat(events).hasSize(6);
	}

	@Test
	void asManyConnectionsStandAsAllowedAndNotOneMore() throws Exception {
		NettyNode small = started(link().server().limits(ConnectionLimits.DEFAULT.withConnections(2)));
		for (int i = 0; i < 2; i++) {
			started(link().client()).connect(small.addrInfo());
		}
		eventually("two connections", () -> small.connections().size() == 2);
		NettyNode third = started(link().client().dialTimeout(Duration.ofSeconds(5)));
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> {
			third.connect(small.addrInfo());
			third.openStream(small.addrInfo(), PATH);
		});
		assertThat(small.connections()).hasSize(2);
		// Our own dials find room all the same.
		small.connect(this.server.addrInfo());
		assertThat(small.connection(this.server.peerId())).isPresent();
		eventually("one has made room", () -> small.connections().size() == 2);
	}

	@Test
	void asManyStreamsOfAConnectionAreOpenAsAllowedAndNotOneMore() throws Exception { // attacks
																						// 14
		NettyNode small = started(link().server().limits(ConnectionLimits.DEFAULT.withInboundStreams(20, 20)));
		serveEcho(small, this.executor);
		this.client.connect(small.addrInfo());
		eventually("quiet",
				() -> this.client.connections().get(0).streams() == 0 && small.usage().inboundStreams() == 0);
		List<Stream> open = new ArrayList<>();
		for (int i = 0; i < 20; i++) {
			open.add(echoing(small));
		}
		assertThat(small.usage().inboundStreams()).isEqualTo(20);
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> echoing(small));
		open.get(0).reset(0);
		eventually("room again", () -> small.usage().inboundStreams() == 19);
		open.add(echoing(small));
		open.forEach((stream) -> stream.reset(0));
		eventually("none", () -> small.usage().inboundStreams() == 0);
	}

	private Stream echoing(NettyNode server) throws IOException {
		Stream stream = this.client.openStream(server.addrInfo(), PATH);
		stream.outputStream().write(1);
		stream.outputStream().flush();
		assertThat(stream.inputStream().read()).isEqualTo(1);
		return stream;
	}

	@Test
	void payloadIsCountedAndTheNegotiationIsNot() throws Exception {
		this.server.mountProtocol(PATH, StreamProtocol.create())
			.serve(this.executor, (stream) -> stream.inputStream().transferTo(stream.outputStream()));
		// The second stream is proposed together with its first payload.
		for (int streams = 1; streams <= 2; streams++) {
			try (Stream stream = this.client.openStream(this.server.addrInfo(), PATH)) {
				stream.outputStream().write(new byte[100_000]);
				stream.closeWrite();
				assertThat(stream.inputStream().readAllBytes()).hasSize(100_000);
			}
			long total = 100_000L * streams;
			for (NodeEvents events : List.of(this.clientEvents, this.serverEvents)) {
				eventually("all sent", () -> events.bytes(PATH, Direction.OUTBOUND) == total);
				eventually("all received", () -> events.bytes(PATH, Direction.INBOUND) == total);
			}
		}
		eventually("both closed", () -> this.clientEvents.openStreams(PATH) == 0);
		assertThat(this.clientEvents.bytes(PATH, Direction.INBOUND)).isEqualTo(200_000);
		assertThat(this.clientEvents.bytes(PATH, Direction.OUTBOUND)).isEqualTo(200_000);
	}

	/** What would reach the tail of the pipeline is found by the check of each class. */
	@Test
	void resetsOfAProtocolThatDoesNotHeedThemAreQuiet() throws Exception {
		AtomicInteger served = new AtomicInteger();
		AtomicInteger ended = new AtomicInteger();
		this.server.mountStreams(PATH, (stream) -> {
			served.incrementAndGet();
			stream.closeFuture().addListener((closed) -> ended.incrementAndGet());
		});
		for (int i = 1; i <= 40; i++) {
			Stream stream = this.client.openStream(this.server.addrInfo(), PATH);
			stream.outputStream().write(i);
			stream.outputStream().flush();
			int before = i;
			eventually("served", () -> served.get() == before);
			stream.reset(i);
		}
		eventually("all ended", () -> ended.get() == 40);
	}

	@Test
	void theConnectionTellsWhatItIs() throws Exception {
		this.client.connect(this.server.addrInfo());
		Connection connection = this.client.connections().get(0);
		assertThat(connection.remoteKey()).isEqualTo(this.server.publicKey());
		assertThat(connection.transport()).isEqualTo(link().label());
		assertThat(connection.security()).isEqualTo(link().security());
		assertThat(connection.isOpen()).isTrue();
		assertThat(this.server.addrInfo().addresses()).contains(connection.remoteAddress());
		eventually("the other end", () -> this.server.connection(this.client.peerId()).isPresent());
		Optional<Connection> back = this.server.connection(this.client.peerId());
		assertThat(back.orElseThrow().remotePeer()).isEqualTo(this.client.peerId());
	}

}

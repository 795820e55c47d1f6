package io.p2pboot.libp2p.node;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.AsynchronousCloseException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.ConnectionListener;
import io.p2pboot.libp2p.DialFailed;
import io.p2pboot.libp2p.LimitExceeded;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.PeerRouting;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.ProtocolUnsupported;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamProtocol;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.resource.ConnectionLimits;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * What a node means on every transport.
 */
abstract class NodeConformance extends NodeSuite {

	private static final ProtocolPath PATH = ProtocolPath.of("/echo/1.0.0");

	private static final Duration LIFETIME = Duration.ofMinutes(10);

	private final AtomicReference<Routing> lastRouting = new AtomicReference<>();

	private static void serveEcho(Node node, Executor executor) {
		node.mountProtocol(PATH, StreamProtocol.create())
			.serve(executor, (stream) -> stream.inputStream().transferTo(stream.outputStream()));
	}

	private static void echo(Node from, AddrInfo to) throws IOException {
		try (Stream stream = from.openStream(to, PATH)) {
			stream.outputStream().write("hello".getBytes());
			stream.closeWrite();
			assertThat(stream.inputStream().readAllBytes()).asString().isEqualTo("hello");
		}
	}

	/** An address at which nobody listens any more. */
	private AddrInfo gone() throws IOException {
		NettyNode node = started(link().server());
		AddrInfo address = node.addrInfo();
		node.close();
		return address;
	}

	private AddrInfo unknownPeerAt(AddrInfo address) {
		return new AddrInfo(PeerId.of(PrivateKey.generate().publicKey()), address.addresses());
	}

	private <T> List<Future<T>> atOnce(int threads, Callable<T> call) {
		CountDownLatch go = new CountDownLatch(1);
		List<Future<T>> running = new ArrayList<>();
		for (int i = 0; i < threads; i++) {
			running.add(this.executor.submit(() -> {
				go.await();
				return call.call();
			}));
		}
		go.countDown();
		return running;
	}

	// T32
	@Test
	void aHundredThreadsMakeOneConnection() throws Exception {
		for (Future<Void> one : atOnce(100, () -> {
			this.client.connect(this.server.addrInfo());
			return (Void) null;
		})) {
			one.get(20, TimeUnit.SECONDS);
		}
		assertThat(this.client.connections()).hasSize(1);
		assertThat(this.clientEvents.connectionsOpened.get()).isEqualTo(1);
		eventually("the server's side", () -> this.serverEvents.connectionsOpened.get() > 0);
		assertThat(this.serverEvents.connectionsOpened.get()).isEqualTo(1);
	}

	@Test
	void connectingAgainReturnsSilently() throws Exception {
		this.client.connect(this.server.addrInfo());
		this.client.connect(this.server.addrInfo());
		this.client.connect(AddrInfo.of(this.server.peerId()));
		assertThat(this.clientEvents.connectionsOpened.get()).isEqualTo(1);
		assertThat(this.client.connection(this.server.peerId()).orElseThrow().remotePeer())
			.isEqualTo(this.server.peerId());
	}

	@Test
	void withoutAddressesThePeerStoreIsAsked() throws Exception {
		this.client.peerStore().addAddresses(this.server.peerId(), this.server.addrInfo().addresses(), LIFETIME);
		this.client.connect(AddrInfo.of(this.server.peerId()));
		assertThat(this.client.connections()).hasSize(1);
	}

	@Test
	void routingsAreAskedInOrderWhenNothingElseConnects() throws Exception {
		Queue<String> asked = new ConcurrentLinkedQueue<>();
		this.client.peerStore().addAddresses(this.server.peerId(), gone().addresses(), LIFETIME);
		NettyNode liar = started(link().server());
		this.client.mountRouting(new Routing("empty", asked, List::of));
		this.client.mountRouting(new Routing("throws", asked, () -> {
			throw new IllegalStateException("expected");
		}));
		this.client.mountRouting(new Routing("lies", asked, () -> liar.addrInfo().addresses()));
		this.client.mountRouting(new Routing("knows", asked, () -> this.server.addrInfo().addresses()));
		this.client.mountRouting(new Routing("unasked", asked, List::of));
		this.client.connect(new AddrInfo(this.server.peerId(), gone().addresses()));
		assertThat(asked).containsExactly("empty", "throws", "lies", "knows");
		assertThat(this.client.connections()).singleElement()
			.satisfies((made) -> assertThat(made.remotePeer()).isEqualTo(this.server.peerId()));
		eventually("the liar's connection closed", () -> liar.connections().isEmpty());
	}

	@Test
	void aRoutingThatHangsLeavesTimeForTheOthersAndIsInterrupted() throws Exception {
		Queue<String> asked = new ConcurrentLinkedQueue<>();
		CountDownLatch interrupted = new CountDownLatch(1);
		this.client.mountRouting(new Routing("hangs", asked, () -> hang(interrupted)));
		this.client.mountRouting(new Routing("knows", asked, () -> this.server.addrInfo().addresses()));
		this.client.connect(AddrInfo.of(this.server.peerId()), Duration.ofSeconds(6));
		assertThat(asked).containsExactly("hangs", "knows");
		assertThat(interrupted.await(20, TimeUnit.SECONDS)).isTrue();
	}

	private static List<Multiaddr> hang(CountDownLatch interrupted) throws IOException {
		try {
			new CountDownLatch(1).await();
			return List.of();
		}
		catch (InterruptedException ex) {
			interrupted.countDown();
			throw new InterruptedIOException();
		}
	}

	@Test
	void aFailureNamesEveryAttempt() throws Exception {
		AddrInfo gone = gone();
		Queue<String> asked = new ConcurrentLinkedQueue<>();
		this.client.mountRouting(new Routing("throws", asked, () -> {
			throw new IOException("expected");
		}));
		assertThatExceptionOfType(DialFailed.class).isThrownBy(() -> this.client.connect(gone)).satisfies((failed) -> {
			assertThat(failed.peer()).isEqualTo(gone.id());
			assertThat(failed.attempts()).extracting(DialFailed.Attempt::target)
				.contains(gone.addresses().get(0).toString(), "routing throws");
		}).withMessageContaining("expected");
		assertThat(this.client.connections()).isEmpty();
	}

	// T9
	@Test
	void anAddressWhereAnotherPeerAnswersIsAFailure() throws Exception {
		AddrInfo wrong = unknownPeerAt(this.server.addrInfo());
		assertThatExceptionOfType(DialFailed.class).isThrownBy(() -> this.client.connect(wrong))
			.withMessageContaining(this.server.peerId().toString());
		assertThat(this.client.connections()).isEmpty();
		assertThat(this.clientEvents.connectionsOpened.get()).isZero();
		eventually("nothing left at the server", () -> this.server.connections().isEmpty());
	}

	// T34
	@Test
	void aNodeDoesNotDialItself() throws Exception {
		assertThatIllegalArgumentException().isThrownBy(() -> this.server.connect(this.server.addrInfo()));
		AddrInfo other = unknownPeerAt(this.server.addrInfo());
		assertThatExceptionOfType(DialFailed.class).isThrownBy(() -> this.server.connect(other))
			.withMessageContaining("itself");
	}

	// T8, T32
	@Test
	void whoJoinsADialBringsAddressesAndTimeOfHisOwn() throws Exception {
		CountDownLatch interrupted = new CountDownLatch(1);
		this.client.mountRouting(new Routing("hangs", new ConcurrentLinkedQueue<>(), () -> hang(interrupted)));
		AddrInfo nowhere = AddrInfo.of(this.server.peerId());
		Future<?> first = this.executor.submit(() -> {
			this.client.connect(nowhere, Duration.ofSeconds(50));
			return null;
		});
		eventually("the first dial", () -> !this.lastRouting.get().asked.isEmpty());
		assertThatExceptionOfType(DialFailed.class)
			.isThrownBy(() -> this.client.connect(nowhere, Duration.ofMillis(50)))
			.withMessageContaining("50 ms");
		assertThat(first.isDone()).isFalse();
		this.client.connect(this.server.addrInfo(), Duration.ofSeconds(20));
		first.get(20, TimeUnit.SECONDS);
		assertThat(this.clientEvents.connectionsOpened.get()).isEqualTo(1);
	}

	// T6
	@Test
	void anInterruptEndsADialThatNobodyElseWaitsFor() throws Exception {
		CountDownLatch interrupted = new CountDownLatch(1);
		this.client.mountRouting(new Routing("hangs", new ConcurrentLinkedQueue<>(), () -> hang(interrupted)));
		AtomicReference<Thread> caller = new AtomicReference<>();
		Future<Boolean> dialling = this.executor.submit(() -> {
			caller.set(Thread.currentThread());
			try {
				this.client.connect(AddrInfo.of(this.server.peerId()), Duration.ofSeconds(50));
				return false;
			}
			catch (InterruptedIOException ex) {
				return Thread.interrupted();
			}
		});
		eventually("the dial", () -> !this.lastRouting.get().asked.isEmpty());
		caller.get().interrupt();
		assertThat(dialling.get(20, TimeUnit.SECONDS)).isTrue();
		eventually("the dial ended", () -> this.clientEvents.dialsCompleted.get() == 1);
		this.client.connect(this.server.addrInfo());
	}

	@Test
	void stoppingEndsADial() throws Exception {
		this.client
			.mountRouting(new Routing("hangs", new ConcurrentLinkedQueue<>(), () -> hang(new CountDownLatch(1))));
		Future<?> dialling = this.executor.submit(() -> {
			this.client.connect(AddrInfo.of(this.server.peerId()), Duration.ofSeconds(50));
			return null;
		});
		eventually("the dial", () -> !this.lastRouting.get().asked.isEmpty());
		this.client.stop();
		assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> dialling.get(20, TimeUnit.SECONDS))
			.withCauseInstanceOf(IOException.class);
	}

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
		assertThatExceptionOfType(LimitExceeded.class).isThrownBy(() -> small.connect(this.server.addrInfo()))
			.satisfies((refused) -> {
				assertThat(refused.limit()).isEqualTo("connections");
				assertThat(refused.maximum()).isEqualTo(2);
			});
		small.connections().get(0).close();
		eventually("room again", () -> small.connections().size() == 1);
		small.connect(this.server.addrInfo());
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

	/** What would reach the tail of the pipeline is found by the check of each class. */
	@Test
	void resetsOfAProtocolThatDoesNotHeedThemAreQuiet() throws Exception {
		AtomicInteger served = new AtomicInteger();
		AtomicInteger ended = new AtomicInteger();
		this.server.mountStreams(PATH, (stream) -> {
			served.incrementAndGet();
			stream.channel().closeFuture().addListener((closed) -> ended.incrementAndGet());
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

	/** A routing of the test's own. */
	private final class Routing implements PeerRouting {

		private final String name;

		private final Queue<String> asked;

		private final Callable<List<Multiaddr>> answer;

		Routing(String name, Queue<String> asked, Callable<List<Multiaddr>> answer) {
			this.name = name;
			this.asked = asked;
			this.answer = answer;
			NodeConformance.this.lastRouting.set(this);
		}

		@Override
		public String name() {
			return this.name;
		}

		@Override
		public List<Multiaddr> findPeer(PeerId peer) throws IOException {
			this.asked.add(this.name);
			try {
				return this.answer.call();
			}
			catch (IOException | RuntimeException ex) {
				throw ex;
			}
			catch (Exception ex) {
				throw new IOException(ex);
			}
		}

	}

}

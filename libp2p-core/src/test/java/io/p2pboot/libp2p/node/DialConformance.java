package io.p2pboot.libp2p.node;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.DialFailed;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.PeerRouting;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamProtocol;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.netty.NettyNode;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * What dialling means on every transport.
 */
abstract class DialConformance extends NodeSuite {

	static final ProtocolPath PATH = ProtocolPath.of("/echo/1.0.0");

	static final Duration LIFETIME = Duration.ofMinutes(10);

	final AtomicReference<Routing> lastRouting = new AtomicReference<>();

	static void serveEcho(Node node, Executor executor) {
		node.mountProtocol(PATH, StreamProtocol.create())
			.serve(executor, (stream) -> stream.inputStream().transferTo(stream.outputStream()));
	}

	static void echo(Node from, AddrInfo to) throws IOException {
		try (Stream stream = from.openStream(to, PATH)) {
			stream.outputStream().write("hello".getBytes());
			stream.closeWrite();
			assertThat(stream.inputStream().readAllBytes()).asString().isEqualTo("hello");
		}
	}

	/** An address at which nobody listens any more. */
	AddrInfo gone() throws IOException {
		NettyNode node = started(link().server());
		AddrInfo address = node.addrInfo();
		node.close();
		return address;
	}

	AddrInfo unknownPeerAt(AddrInfo address) {
		return new AddrInfo(PeerId.of(PrivateKey.generate().publicKey()), address.addresses());
	}

	<T> List<Future<T>> atOnce(int threads, Callable<T> call) {
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

	/** A routing of the test's own. */
	private final class Routing implements PeerRouting {

		private final String name;

		private final Queue<String> asked;

		private final Callable<List<Multiaddr>> answer;

		Routing(String name, Queue<String> asked, Callable<List<Multiaddr>> answer) {
			this.name = name;
			this.asked = asked;
			this.answer = answer;
			DialConformance.this.lastRouting.set(this);
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

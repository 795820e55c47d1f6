package io.p2pboot.libp2p.node;

import java.net.InetSocketAddress;
import java.net.DatagramSocket;
import java.util.stream.Collectors;
import java.nio.charset.StandardCharsets;
import java.net.Socket;
import java.net.ServerSocket;
import java.net.InetAddress;
import java.io.InputStreamReader;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

import io.netty.util.concurrent.Promise;
import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.ConnectOptions;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.ConnectionListener;
import io.p2pboot.libp2p.DialFailed;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.PeerRouting;
import io.p2pboot.libp2p.Protocol;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.StreamProtocol;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.multiformats.Multihash;
import io.p2pboot.libp2p.netty.Futures;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.netty.NettyPeerRouting;
import io.p2pboot.libp2p.netty.StreamChannel;
import io.p2pboot.libp2p.resource.ConnectionLimits;
import io.p2pboot.libp2p.transport.DnsServer;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Dials while something else happens, and routings that do what they should not.
 */
class DialTest extends NodeSuite {

	@Override
	NodeLink link() {
		return NodeLink.TCP;
	}

	@Test
	void aConnectionThatThePeerMakesMeanwhileServesTheDial() throws Exception { // T31
		NettyNode other = started(link().server().shutdownGrace(Duration.ZERO));
		CountDownLatch asked = new CountDownLatch(1);
		CountDownLatch answer = new CountDownLatch(1);
		this.server.mountRouting(new Routing((peer) -> {
			asked.countDown();
			await(answer);
			return List.of();
		}));
		Future<?> dialling = this.executor.submit(() -> {
			this.server.connect(AddrInfo.of(other.peerId()), Duration.ofSeconds(40));
			return null;
		});
		await(asked);
		other.connect(this.server.addrInfo());
		eventually("the peer's own connection", () -> !this.server.connections().isEmpty());
		answer.countDown();
		dialling.get(20, TimeUnit.SECONDS);
		assertThat(this.server.connections()).hasSize(1);
	}

	@Test
	void aConnectionThatThePeerMakesMeanwhileServesTheDialThatIsLate() throws Exception { // T8
		NettyNode other = started(link().server().shutdownGrace(Duration.ZERO));
		CountDownLatch asked = new CountDownLatch(1);
		this.server.mountRouting(new Routing((peer) -> {
			asked.countDown();
			await(new CountDownLatch(1));
			return List.of();
		}));
		Future<?> dialling = this.executor.submit(() -> {
			this.server.connect(AddrInfo.of(other.peerId()), Duration.ofSeconds(4));
			return null;
		});
		await(asked);
		other.connect(this.server.addrInfo());
		dialling.get(20, TimeUnit.SECONDS);
	}

	@Test
	void aSecondConnectionThatIsOneTooManyLeavesTheFirst() throws Exception { // T31
		NettyNode small = started(link().server()
			.shutdownGrace(Duration.ZERO)
			.limits(ConnectionLimits.DEFAULT.withConnectionsPerPeer(1)));
		NettyNode other = started(link().server().shutdownGrace(Duration.ZERO));
		CountDownLatch asked = new CountDownLatch(1);
		CountDownLatch answer = new CountDownLatch(1);
		small.mountRouting(new Routing((peer) -> {
			asked.countDown();
			await(answer);
			return other.addrInfo().addresses();
		}));
		Future<?> dialling = this.executor.submit(() -> {
			small.connect(AddrInfo.of(other.peerId()), Duration.ofSeconds(40));
			return null;
		});
		await(asked);
		other.connect(small.addrInfo());
		eventually("the peer's own connection", () -> !small.connections().isEmpty());
		answer.countDown();
		dialling.get(20, TimeUnit.SECONDS);
		assertThat(small.connections()).hasSize(1);
	}

	/** A name may stand for a hundred peers. */
	@Test
	void ofANameOnlyWhatIsSaidOfThePeerIsFollowed() throws Exception {
		String own = "dnsaddr=/dnsaddr/own.test/p2p/" + this.server.peerId();
		try (DnsServer dns = new DnsServer();
				NettyNode dialling = started(
						NodeBuilder.create().dnsServer(dns.address()).shutdownGrace(Duration.ZERO))) {
			for (int other = 0; other < 5; other++) {
				PeerId peer = PeerId.of(PrivateKey.generate().publicKey());
				dns.txt("_dnsaddr.many.test", "dnsaddr=/dnsaddr/other" + other + ".test/p2p/" + peer);
			}
			dns.txt("_dnsaddr.many.test", own)
				.txt("_dnsaddr.own.test",
						"dnsaddr=" + this.server.listenAddresses().get(0) + "/p2p/" + this.server.peerId());
			dialling.connect(AddrInfo.parse("/dnsaddr/many.test/p2p/" + this.server.peerId()), Duration.ofSeconds(40));
			assertThat(dns.asked()).isNotEmpty().noneMatch((asked) -> asked.contains("other"));
		}
	}

	/** Whoever listens has to be told before the event loops end. */
	@Test
	void aNodeThatClosesWhileANameIsLookedUpIsQuiet() throws Exception {
		AddrInfo nowhere = AddrInfo.parse("/dns4/nowhere.test/tcp/4001/p2p/" + this.server.peerId());
		for (int round = 0; round < 10; round++) {
			try (DnsServer dns = new DnsServer();
					DatagramSocket silent = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
				InetSocketAddress server = (round % 2 == 0) ? dns.address()
						: new InetSocketAddress(InetAddress.getLoopbackAddress(), silent.getLocalPort());
				NettyNode dialling = started(NodeBuilder.create().dnsServer(server).shutdownGrace(Duration.ZERO));
				io.netty.util.concurrent.Future<Connection> dial = dialling.connectAsync(nowhere);
				dialling.close();
				assertThat(dial.isDone()).isTrue();
			}
		}
	}

	/** Servers behind a proxy are told apart by it. */
	@Test
	void aWebSocketServerIsAskedForByItsName() throws Exception {
		try (ServerSocket proxy = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			String address = "/dns4/localhost/tcp/" + proxy.getLocalPort() + "/ws";
			AddrInfo peer = new AddrInfo(this.server.peerId(), List.of(Multiaddr.parse(address)));
			Future<String> request = this.executor.submit(() -> {
				try (Socket asked = proxy.accept()) {
					BufferedReader lines = new BufferedReader(
							new InputStreamReader(asked.getInputStream(), StandardCharsets.US_ASCII));
					return lines.lines().takeWhile((line) -> !line.isEmpty()).collect(Collectors.joining("\n"));
				}
			});
			assertThatExceptionOfType(DialFailed.class)
				.isThrownBy(() -> started(NodeLink.WS.client()).connect(peer, Duration.ofSeconds(20)));
			assertThat(request.get(20, TimeUnit.SECONDS))
				.containsIgnoringCase("\nhost: localhost:" + proxy.getLocalPort() + "\n");
		}
	}

	@Test
	void aNameThatIsDialledIsNoPartOfTheConnectionsAddress() throws Exception {
		NettyNode serving = started(NodeLink.WS.server());
		int port = serving.listenAddresses().get(0).ipSocketAddress().orElseThrow().getPort();
		Multiaddr named = Multiaddr.parse("/dns4/localhost/tcp/" + port + "/ws");
		assertThat(
				started(NodeLink.WS.client()).connect(new AddrInfo(serving.peerId(), List.of(named))).remoteAddress())
			.isEqualTo(Multiaddr.parse("/ip4/127.0.0.1/tcp/" + port + "/ws"));
	}

	@Test
	void anIdThatIsNoPeersHoldsNothingUp() throws Exception {
		String noPeer = Multihash.of(Multihash.IDENTITY, ByteBuffer.allocate(50)).toBase58();
		List<Multiaddr> lie = List.of(Multiaddr.parse("/ip4/127.0.0.1/tcp/1/p2p/" + noPeer),
				Multiaddr.parse("/p2p/" + this.server.peerId()));
		this.client.mountRouting(new Routing((peer) -> lie));
		this.client.mountRouting(new Routing((peer) -> this.server.addrInfo().addresses()));
		this.client.connect(AddrInfo.of(this.server.peerId()), Duration.ofSeconds(50));
		assertThat(this.client.connections()).hasSize(1);
	}

	@Test
	void routingsThatHangForGoodHoldUpNoEvents() throws Exception {
		CountDownLatch heard = new CountDownLatch(1);
		CountDownLatch free = new CountDownLatch(1);
		this.client.addConnectionListener(new ConnectionListener() {
			@Override
			public void connected(Connection connection) {
				heard.countDown();
			}
		});
		this.client.mountRouting(new Routing((peer) -> {
			// Heeds no interrupt.
			while (free.getCount() > 0) {
				LockSupport.parkNanos(1_000_000);
				Thread.interrupted();
			}
			return List.of();
		}));
		try {
			for (int call = 0; call < 2 * HandlerThreads.MAX_EVENT_THREADS; call++) {
				AddrInfo nobody = AddrInfo.of(PeerId.of(PrivateKey.generate().publicKey()));
				assertThatExceptionOfType(DialFailed.class)
					.isThrownBy(() -> this.client.connect(nobody, Duration.ofMillis(20)));
			}
			this.client.connect(this.server.addrInfo());
			await(heard);
		}
		finally {
			free.countDown();
		}
	}

	@Test
	void aRoutingWhoseAnswerNobodyWaitsForIsInterrupted() throws Exception {
		CountDownLatch asked = new CountDownLatch(1);
		CountDownLatch interrupted = new CountDownLatch(1);
		this.client.mountRouting(new Routing((peer) -> {
			asked.countDown();
			try {
				new CountDownLatch(1).await();
			}
			catch (InterruptedException ex) {
				interrupted.countDown();
			}
			return List.of();
		}));
		Future<?> dialling = this.executor.submit(() -> {
			this.client.connect(AddrInfo.of(this.server.peerId()), Duration.ofMinutes(10));
			return null;
		});
		await(asked);
		this.client.connect(this.server.addrInfo());
		dialling.get(20, TimeUnit.SECONDS);
		await(interrupted);
	}

	@Test
	void aRoutingOneOfWhosePathsIsTakenIsNotMountedAtAll() {
		ProtocolPath free = ProtocolPath.of("/free/1.0.0");
		ProtocolPath taken = ProtocolPath.of("/taken/1.0.0");
		this.client.mountProtocol(taken, StreamProtocol.create());
		for (List<ProtocolPath> order : List.of(List.of(free, taken), List.of(taken, free))) {
			Map<ProtocolPath, Protocol> brings = new LinkedHashMap<>();
			order.forEach((path) -> brings.put(path, StreamProtocol.create()));
			assertThatIllegalStateException().isThrownBy(() -> this.client.mountRouting(new Routing((peer) -> {
				throw new AssertionError("Asked");
			}, brings))).withMessageContaining(taken.toString());
			assertThat(this.client.protocols()).contains(taken).doesNotContain(free);
		}
		assertThatExceptionOfType(DialFailed.class)
			.isThrownBy(() -> this.client.connect(AddrInfo.of(PeerId.of(PrivateKey.generate().publicKey()))))
			.satisfies((failed) -> assertThat(failed.attempts()).isEmpty());
	}

	@Test
	void aRoutingThatDialsThroughTheNodeIsNotAskedByItself() throws Exception {
		AddrInfo unknown = AddrInfo.of(PeerId.of(PrivateKey.generate().publicKey()));
		AtomicInteger asked = new AtomicInteger();
		this.client.mountRouting(new Routing((peer) -> {
			asked.incrementAndGet();
			assertThatExceptionOfType(DialFailed.class)
				.isThrownBy(() -> this.client.connect(unknown, Duration.ofSeconds(20)))
				.satisfies((failed) -> assertThat(failed.attempts()).isEmpty());
			return this.server.addrInfo().addresses();
		}));
		this.client.connect(AddrInfo.of(this.server.peerId()), Duration.ofSeconds(50));
		assertThat(asked).hasValue(1);
	}

	@Test
	void anotherRoutingIsAskedForWhatARoutingDials() throws Exception {
		NettyNode other = started(link().server().shutdownGrace(Duration.ZERO));
		this.client.mountRouting(new Routing((peer) -> {
			if (peer.equals(this.server.peerId())) {
				this.client.connect(AddrInfo.of(other.peerId()), Duration.ofSeconds(20));
				return this.server.addrInfo().addresses();
			}
			return List.of();
		}));
		this.client.mountRouting(new Routing("second",
				(peer) -> peer.equals(other.peerId()) ? other.addrInfo().addresses() : List.of(), Map.of()));
		this.client.connect(AddrInfo.of(this.server.peerId()), Duration.ofSeconds(50));
		assertThat(this.client.connections()).hasSize(2);
	}

	@Test
	void aFalseClaimAboutOnePeerLeavesAnotherAtTheSameAddressReachable() throws Exception {
		PeerId ghost = PeerId.of(PrivateKey.generate().publicKey());
		List<Multiaddr> claimed = this.server.addrInfo().addresses();
		this.client.peerStore().addAddresses(ghost, claimed, Duration.ofHours(1));
		assertThatExceptionOfType(DialFailed.class).isThrownBy(() -> this.client.connect(AddrInfo.of(ghost)));
		// Not the caller's own, which are dialled whatever happened lately.
		this.client.peerStore().addAddresses(this.server.peerId(), claimed, Duration.ofHours(1));
		this.client.connect(AddrInfo.of(this.server.peerId()));
		assertThat(this.client.connection(this.server.peerId())).isPresent();
	}

	@Test
	void aDialWithoutRoutingsAsksNone() {
		AddrInfo unknown = AddrInfo.of(PeerId.of(PrivateKey.generate().publicKey()));
		this.client.mountRouting(new Routing((peer) -> {
			throw new AssertionError("Asked");
		}));
		assertThatExceptionOfType(DialFailed.class)
			.isThrownBy(() -> this.client.connect(unknown, ConnectOptions.DEFAULT.withoutRoutings()))
			.satisfies((failed) -> assertThat(failed.attempts()).isEmpty());
	}

	@Test
	void aDialWithoutRoutingsDoesNotWaitForOneThatAsksThem() throws Exception {
		AddrInfo unknown = AddrInfo.of(PeerId.of(PrivateKey.generate().publicKey()));
		CountDownLatch asked = new CountDownLatch(1);
		CountDownLatch answer = new CountDownLatch(1);
		this.client.mountRouting(new Routing((peer) -> {
			asked.countDown();
			await(answer);
			return List.of();
		}));
		Future<?> dialling = this.executor
			.submit(() -> this.client.connect(unknown, ConnectOptions.DEFAULT.withTimeout(Duration.ofSeconds(50))));
		await(asked);
		assertThatExceptionOfType(DialFailed.class)
			.isThrownBy(() -> this.client.connect(unknown, ConnectOptions.DEFAULT.withoutRoutings()))
			.satisfies((failed) -> assertThat(failed.attempts()).isEmpty());
		assertThat(dialling.isDone()).isFalse();
		answer.countDown();
		assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> dialling.get(20, TimeUnit.SECONDS));
	}

	@Test
	void anAsynchronousRoutingNeedsNoThread() throws Exception {
		Promise<List<Multiaddr>> found = this.client.scheduler().newPromise();
		BlockingQueue<Thread> askedOn = new LinkedBlockingQueue<>();
		NettyPeerRouting routing = new NettyPeerRouting() {

			@Override
			public String name() {
				return "asynchronous";
			}

			@Override
			public io.netty.util.concurrent.Future<List<Multiaddr>> findPeerAsync(PeerId peer) {
				askedOn.add(Thread.currentThread());
				return found;
			}

		};
		this.client.mountRouting(routing);
		io.netty.util.concurrent.Future<Connection> dialling = this.client
			.connectAsync(AddrInfo.of(this.server.peerId()));
		assertThat(askedOn.poll(20, TimeUnit.SECONDS).getName()).doesNotContain("routing");
		found.setSuccess(this.server.addrInfo().addresses());
		assertThat(Futures.await(dialling, "connect").remotePeer()).isEqualTo(this.server.peerId());
		assertThat(routing.findPeer(this.server.peerId())).isEqualTo(this.server.addrInfo().addresses());
	}

	@Test
	void aStreamIsOpenedToAPeerThatIsNotConnected() throws Exception {
		BlockingQueue<Connection> served = new LinkedBlockingQueue<>();
		ProtocolPath path = ProtocolPath.of("/served/1.0.0");
		this.server.mountStreams(path, (stream) -> served.add(stream.connection()));
		io.netty.util.concurrent.Future<StreamChannel> opening = this.client.openStream(this.server.addrInfo(),
				List.of(ProtocolPath.of("/newer/2.0.0"), path), ConnectOptions.DEFAULT.withoutRoutings(), (stream) -> {
				});
		assertThat(Futures.await(opening, "open").protocol()).isEqualTo(path);
		assertThat(served.poll(20, TimeUnit.SECONDS)).isNotNull();
		AddrInfo unknown = AddrInfo.of(PeerId.of(PrivateKey.generate().publicKey()));
		assertThatExceptionOfType(DialFailed.class).isThrownBy(() -> Futures.await(
				this.client.openStream(unknown, List.of(path), ConnectOptions.DEFAULT, (stream) -> stream.close()),
				"open"));
	}

	private static void await(CountDownLatch latch) throws IOException {
		try {
			assertThat(latch.await(50, TimeUnit.SECONDS)).isTrue();
		}
		catch (InterruptedException ex) {
			throw new IOException(ex);
		}
	}

	private interface Answer {

		List<Multiaddr> of(PeerId peer) throws IOException;

	}

	private record Routing(String name, Answer answer, Map<ProtocolPath, Protocol> brings) implements PeerRouting {

		Routing(Answer answer) {
			this(answer, Map.of());
		}

		Routing(Answer answer, Map<ProtocolPath, Protocol> brings) {
			this("routing of the test", answer, brings);
		}

		@Override
		public Map<ProtocolPath, Protocol> protocols() {
			return this.brings;
		}

		@Override
		public void mounted(Node node) {
			assertThat(node.protocols()).containsAll(this.brings.keySet());
		}

		@Override
		public List<Multiaddr> findPeer(PeerId peer) throws IOException {
			return this.answer.of(peer);
		}

	}

}

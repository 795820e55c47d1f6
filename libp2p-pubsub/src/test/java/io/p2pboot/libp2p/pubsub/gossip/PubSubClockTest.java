package io.p2pboot.libp2p.pubsub.gossip;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.eventlog.EventLog;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.netty.StreamChannel;
import io.p2pboot.libp2p.node.NodeBuilder;
import io.p2pboot.libp2p.pubsub.GossipParams;
import io.p2pboot.libp2p.pubsub.PubSub;
import io.p2pboot.libp2p.pubsub.PubSubConfig;
import io.p2pboot.libp2p.pubsub.PubSubObserver;
import io.p2pboot.libp2p.pubsub.ScoreParams;
import io.p2pboot.libp2p.pubsub.SignaturePolicy;
import io.p2pboot.libp2p.security.noise.NoiseSecurity;
import io.p2pboot.libp2p.transport.tcp.TcpTransport;
import io.p2pboot.libp2p.wire.pb.PubSubProto;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A node whose clock is set forward: slow readers, late heartbeats.
 */
@Timeout(120)
class PubSubClockTest {

	private static final String TOPIC = "news";

	private static final Duration PATIENCE = Duration.ofSeconds(30);

	private static final Duration INTERVAL = Duration.ofMillis(100);

	private static final ProtocolPath PROTOCOL = PubSubConfig.GOSSIPSUB_1_2;

	private final JumpingExecutor executor = new JumpingExecutor();

	private final AtomicInteger heartbeats = new AtomicInteger();

	private final AtomicInteger published = new AtomicInteger();

	/** How long the application takes to judge a peer. */
	private volatile Duration judging = Duration.ZERO;

	private NettyNode node;

	private PubSub pubsub;

	private RawPeer peer;

	@BeforeEach
	void start() throws Exception {
		this.node = NodeBuilder.create()
			.identity(PrivateKey.generate())
			.transport(new TcpTransport())
			.security(new NoiseSecurity())
			.listen("/ip4/127.0.0.1/tcp/0")
			.build();
		this.node.start();
		PubSubConfig config = PubSubConfig.builder()
			.signaturePolicy(SignaturePolicy.STRICT_NO_SIGN)
			.gossip(GossipParams.DEFAULT.withHeartbeat(INTERVAL, Duration.ofMillis(50)))
			.observer(new PubSubObserver() {

				@Override
				public void heartbeat(Duration elapsed) {
					PubSubClockTest.this.heartbeats.incrementAndGet();
				}

			})
			.score(ScoreParams.DEFAULT.withApplication((peer) -> {
				this.executor.jump(this.judging);
				return 0;
			}, 1))
			.build();
		this.pubsub = PubSubService.create(this.node, MessageFactory.anonymous(this.node.peerId(), config), config,
				this.executor);
		this.peer = new RawPeer(PROTOCOL);
	}

	@AfterEach
	void close() {
		this.pubsub.close();
		this.peer.close();
		this.node.close();
	}

	private static void await(String what, BooleanSupplier condition) {
		long end = System.nanoTime() + PATIENCE.toNanos();
		while (!condition.getAsBoolean()) {
			assertThat(System.nanoTime()).as(what).isLessThan(end);
			Thread.onSpinWait();
		}
	}

	private void awaitHeartbeats(int count) {
		int before = this.heartbeats.get();
		await(count + " heartbeats", () -> this.heartbeats.get() >= before + count);
	}

	/** Connects a subscriber that reads nothing, and fills everything to it. */
	private StreamChannel stall() throws Exception {
		Connection connection = this.peer.connect(this.node.addrInfo());
		StreamChannel from = this.peer.stream();
		from.config().setAutoRead(false);
		RawPeer.send(this.peer.open(connection, PROTOCOL), RawPeer.subscribe(TOPIC));
		assertThat(this.pubsub.topic(TOPIC).awaitPeers(1, PATIENCE)).isTrue();
		await("there is no more room", () -> dropped(250_000) == 1);
		return from;
	}

	private boolean isConnected() {
		return this.node.connection(this.peer.node().peerId()).isPresent();
	}

	@Test
	void aPeerThatReadsNothingFor30SecondsIsHungUpOn() throws Exception {
		stall();
		this.executor.jump(Duration.ofSeconds(20));
		awaitHeartbeats(3);
		assertThat(isConnected()).as("after 20 seconds").isTrue();
		this.executor.jump(Duration.ofSeconds(11));
		await("after 31 seconds", () -> !isConnected());
		await("it is forgotten", () -> this.pubsub.peers().isEmpty());
	}

	@Test
	void aPeerThatReadsOnInTimeStays() throws Exception {
		StreamChannel from = stall();
		this.executor.jump(Duration.ofSeconds(20));
		awaitHeartbeats(3);
		from.config().setAutoRead(true);
		await("there is room again", () -> dropped(11) == 0);
		PubSubProto.Rpc frame = this.peer.frame();
		while (frame.getPublishList().stream().noneMatch((message) -> message.getData().size() == 11)) {
			frame = this.peer.frame();
		}
		awaitHeartbeats(3);
		this.executor.jump(Duration.ofSeconds(20));
		awaitHeartbeats(3);
		assertThat(isConnected()).isTrue();
	}

	/** Publishes something; how many had no room for it. */
	private int dropped(int size) {
		try {
			ByteBuffer data = ByteBuffer.allocate(size).putInt(this.published.incrementAndGet()).rewind();
			return this.pubsub.topic(TOPIC).publish(data).dropped();
		}
		catch (IOException ex) {
			throw new AssertionError(ex);
		}
	}

	@Test
	void whereAPeerIsIsLookedAtEachMinute() throws Exception {
		List<RouterEvent> events = new CopyOnWriteArrayList<>();
		PeerStreams streams = new PeerStreams(this.node, PubSubConfig.builder().build(), this.executor,
				new PeerStreams.Routing() {

					@Override
					public void on(RouterEvent event) {
						events.add(event);
					}

					@Override
					public OutFrame poll(PeerId peer) {
						return null;
					}

				}, new EventLog(LoggerFactory.getLogger(PubSubClockTest.class)));
		this.peer.connect(this.node.addrInfo());
		await("the peer is identified",
				() -> this.node.peerStore().protocols(this.peer.node().peerId()).contains(PROTOCOL));
		Connection connection = this.node.connection(this.peer.node().peerId()).orElseThrow();
		this.executor.submit(() -> streams.identified(connection)).get();
		this.executor.jump(Duration.ofSeconds(50));
		this.executor.submit(streams::heartbeat).get();
		assertThat(events).noneMatch(RouterEvent.Addresses.class::isInstance);
		this.executor.jump(Duration.ofSeconds(11));
		this.executor.submit(streams::heartbeat).get();
		assertThat(events)
			.contains(new RouterEvent.Addresses(this.peer.node().peerId(), Set.of(InetAddress.getByName("127.0.0.1"))));
		this.executor.submit(streams::close).get();
	}

	@Test
	void heartbeatsThatAreLateAreNotCaughtUpOn() {
		awaitHeartbeats(1);
		int before = this.heartbeats.get();
		long begun = System.nanoTime();
		this.executor.jump(Duration.ofHours(1));
		await("it goes on", () -> this.heartbeats.get() >= before + 4);
		long elapsed = System.nanoTime() - begun;
		assertThat(this.heartbeats.get() - before).as("not 36,000")
			.isLessThanOrEqualTo((int) (elapsed / INTERVAL.toNanos()) + 3);
	}

	@Test
	void aHeartbeatThatTakesMoreThanATenthOfTheIntervalIsToldOf() throws Exception {
		ListAppender<ILoggingEvent> lines = new ListAppender<>();
		lines.start();
		Logger logger = (Logger) LoggerFactory.getLogger(PubSubService.class);
		logger.addAppender(lines);
		try {
			this.pubsub.topic(TOPIC).subscribe();
			Connection connection = this.peer.connect(this.node.addrInfo());
			RawPeer.send(this.peer.open(connection, PROTOCOL), RawPeer.subscribe(TOPIC));
			await("there is somebody to judge", () -> this.pubsub.topic(TOPIC).mesh().size() == 1);
			awaitHeartbeats(3);
			assertThat(slow(lines)).isFalse();
			this.judging = Duration.ofMinutes(1);
			awaitHeartbeats(3);
			assertThat(slow(lines)).isTrue();
		}
		finally {
			logger.detachAppender(lines);
		}
	}

	/**
	 * Whether a heartbeat of minutes was told of: any may take long on a busy machine.
	 */
	private static boolean slow(ListAppender<ILoggingEvent> lines) {
		synchronized (lines) {
			return lines.list.stream()
				.map(ILoggingEvent::getFormattedMessage)
				.anyMatch((line) -> line.matches("A heartbeat took \\d{5,} ms of 100.*"));
		}
	}

}

package io.p2pboot.libp2p.pubsub.gossip;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

import com.google.protobuf.ByteString;
import io.netty.util.concurrent.DefaultEventExecutor;
import io.netty.util.concurrent.EventExecutor;
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
import io.p2pboot.libp2p.pubsub.SignaturePolicy;
import io.p2pboot.libp2p.pubsub.Validation;
import io.p2pboot.libp2p.pubsub.ValidatorOptions;
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
 * Peers whose connection ends while their messages are still being read.
 */
@Timeout(120)
class LeavingPeersTest {

	private static final String TOPIC = RouterHarness.TOPIC;

	private static final Duration PATIENCE = Duration.ofSeconds(30);

	private static final ProtocolPath PROTOCOL = PubSubConfig.GOSSIPSUB_1_2;

	/** The messages that are being validated; the test answers. */
	private final BlockingQueue<CompletableFuture<Validation>> asked = new LinkedBlockingQueue<>();

	private final AtomicInteger inFlight = new AtomicInteger();

	private final AtomicInteger most = new AtomicInteger();

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
		this.peer = new RawPeer(PROTOCOL);
	}

	private void mount() {
		this.pubsub = GossipSub.mount(this.node,
				PubSubConfig.builder()
					.signaturePolicy(SignaturePolicy.STRICT_NO_SIGN)
					.gossip(GossipParams.DEFAULT.withHeartbeat(Duration.ofMillis(100), Duration.ofMillis(50)))
					.build());
		this.pubsub.topic(TOPIC).subscribe();
		this.pubsub.validateAsync(TOPIC, (message) -> {
			CompletableFuture<Validation> answer = new CompletableFuture<>();
			this.most.accumulateAndGet(this.inFlight.incrementAndGet(), Math::max);
			this.asked.add(answer);
			return answer;
		}, new ValidatorOptions(1000, Duration.ofMinutes(1)));
	}

	@AfterEach
	void close() {
		if (this.pubsub != null) {
			this.pubsub.close();
		}
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

	private StreamChannel connect() throws Exception {
		return this.peer.open(this.peer.connect(this.node.addrInfo()), PROTOCOL);
	}

	private StreamChannel subscribe() throws Exception {
		StreamChannel stream = connect();
		RawPeer.send(stream, RawPeer.subscribe(TOPIC));
		await("the peer is subscribed", () -> !this.pubsub.topic(TOPIC).peers().isEmpty());
		return stream;
	}

	/** Sends messages, each in a frame of its own. */
	private static void send(StreamChannel stream, int first, int count) throws Exception {
		for (int number = first; number < first + count; number++) {
			RawPeer.send(stream,
					PubSubProto.Rpc.newBuilder()
						.addPublish(PubSubProto.PubSubMessage.newBuilder()
							.setTopic(RouterHarness.bytes(TOPIC))
							.setData(ByteString.copyFrom(ByteBuffer.allocate(4).putInt(number).flip()))));
		}
		stream.writeAndFlush(io.netty.buffer.Unpooled.EMPTY_BUFFER).await(PATIENCE.toSeconds(), TimeUnit.SECONDS);
	}

	private void accept() throws InterruptedException {
		CompletableFuture<Validation> next = this.asked.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
		assertThat(next).as("one more is validated").isNotNull();
		this.inFlight.decrementAndGet();
		next.complete(Validation.ACCEPT);
	}

	private void hangUp() {
		PeerId id = this.peer.node().peerId();
		this.peer.node().disconnect(this.node.peerId());
		await("the connection has ended", () -> this.node.connection(id).isEmpty());
	}

	@Test
	void whatAPeerSentBeforeItLeftIsDeliveredAndThenItIsForgotten() throws Exception {
		mount();
		send(subscribe(), 0, 200);
		await("64 are validated", () -> this.inFlight.get() == 64);
		hangUp();
		for (int count = 0; count < 200; count++) {
			accept();
		}
		await("the peer is forgotten", () -> this.pubsub.peers().isEmpty());
	}

	@Test
	void aPeerThatComesBackHasNoMoreCheckedAtOnceThanBefore() throws Exception {
		mount();
		send(subscribe(), 0, 64);
		await("64 are validated", () -> this.inFlight.get() == 64);
		hangUp();
		await("the peer is forgotten", () -> this.pubsub.peers().isEmpty());
		send(connect(), 64, 200);
		for (int count = 0; count < 264; count++) {
			accept();
		}
		assertThat(this.most).hasValue(64);
	}

	@Test
	void aStreamWhoseConnectionHasEndedMeanwhileLeavesNoPeerBehind() throws Exception {
		BlockingQueue<StreamChannel> opened = new LinkedBlockingQueue<>();
		this.node.mountStreams(PROTOCOL, opened::add);
		List<RouterEvent> events = new CopyOnWriteArrayList<>();
		EventExecutor executor = new DefaultEventExecutor();
		PeerStreams streams = new PeerStreams(this.node, PubSubConfig.builder().build(), executor,
				new PeerStreams.Routing() {

					@Override
					public void on(RouterEvent event) {
						events.add(event);
					}

					@Override
					public OutFrame poll(PeerId peer) {
						return null;
					}

				}, new EventLog(LoggerFactory.getLogger(LeavingPeersTest.class)));
		RawPeer.send(connect(), RawPeer.subscribe(TOPIC));
		StreamChannel stream = opened.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
		hangUp();
		streams.accept(stream);
		executor.submit(() -> {
		}).get();
		assertThat(events).noneMatch(RouterEvent.PeerAdded.class::isInstance);
		executor.shutdownGracefully(0, 0, TimeUnit.SECONDS);
	}

}

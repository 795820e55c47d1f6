package io.p2pboot.libp2p.pubsub.gossip;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

import com.google.protobuf.ByteString;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.netty.StreamChannel;
import io.p2pboot.libp2p.node.NodeBuilder;
import io.p2pboot.libp2p.pubsub.GossipParams;
import io.p2pboot.libp2p.pubsub.PubSub;
import io.p2pboot.libp2p.pubsub.PubSubConfig;
import io.p2pboot.libp2p.pubsub.PubSubLimits;
import io.p2pboot.libp2p.pubsub.SignaturePolicy;
import io.p2pboot.libp2p.pubsub.TopicSubscription;
import io.p2pboot.libp2p.security.noise.NoiseSecurity;
import io.p2pboot.libp2p.transport.tcp.TcpTransport;
import io.p2pboot.libp2p.wire.pb.PubSubProto;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A node against a peer that speaks the wire by hand.
 */
@Timeout(120)
class PeerStreamsTest {

	private static final String TOPIC = "news";

	private static final Duration PATIENCE = Duration.ofSeconds(30);

	private static final ProtocolPath PROTOCOL = PubSubConfig.GOSSIPSUB_1_2;

	private NettyNode node;

	private PubSub pubsub;

	private RawPeer peer;

	@BeforeEach
	void start() throws Exception {
		PrivateKey key = PrivateKey.generate();
		this.node = NodeBuilder.create()
			.identity(key)
			.transport(new TcpTransport())
			.security(new NoiseSecurity())
			.listen("/ip4/127.0.0.1/tcp/0")
			.build();
		this.node.start();
		this.pubsub = GossipSub.mount(this.node,
				PubSubConfig.builder()
					.signaturePolicy(SignaturePolicy.STRICT_NO_SIGN)
					.gossip(GossipParams.DEFAULT.withHeartbeat(Duration.ofMillis(100), Duration.ofMillis(50)))
					.build());
	}

	@AfterEach
	void close() {
		this.pubsub.close();
		if (this.peer != null) {
			this.peer.close();
		}
		this.node.close();
	}

	private Connection connect(ProtocolPath... protocols) throws Exception {
		this.peer = new RawPeer(protocols);
		return this.peer.connect(this.node.addrInfo());
	}

	private static void await(String what, BooleanSupplier condition) {
		long end = System.nanoTime() + PATIENCE.toNanos();
		while (!condition.getAsBoolean()) {
			assertThat(System.nanoTime()).as(what).isLessThan(end);
			Thread.onSpinWait();
		}
	}

	private static PubSubProto.Rpc.Builder message(String data) {
		return PubSubProto.Rpc.newBuilder()
			.addPublish(PubSubProto.PubSubMessage.newBuilder()
				.setTopic(RouterHarness.bytes(TOPIC))
				.setData(RouterHarness.bytes(data)));
	}

	private static String text(ByteBuffer data) {
		return java.nio.charset.StandardCharsets.UTF_8.decode(data).toString();
	}

	@Test
	void theFirstFrameHasTheExtensionsAndTheSubscriptions() throws Exception {
		this.pubsub.topic(TOPIC).subscribe();
		connect(PubSubConfig.GOSSIPSUB_1_3, PROTOCOL);
		assertThat(this.peer.stream().protocol()).isEqualTo(PubSubConfig.GOSSIPSUB_1_3);
		PubSubProto.Rpc hello = this.peer.frame();
		assertThat(hello.getControl().hasExtensions()).isTrue();
		assertThat(hello.getSubscriptions(0).getTopicid()).isEqualTo(RouterHarness.bytes(TOPIC));
	}

	@ParameterizedTest
	@ValueSource(
			strings = { "/meshsub/1.3.0", "/meshsub/1.2.0", "/meshsub/1.1.0", "/meshsub/1.0.0", "/floodsub/1.0.0" })
	void eachProtocolIsSpokenWithAPeerThatHasNoOther(String protocol) throws Exception {
		TopicSubscription subscription = this.pubsub.topic(TOPIC).subscribe();
		Connection connection = connect(ProtocolPath.of(protocol));
		assertThat(this.peer.stream().protocol()).isEqualTo(ProtocolPath.of(protocol));
		assertThat(this.peer.frame().getSubscriptionsCount()).isOne();
		StreamChannel stream = this.peer.open(connection, ProtocolPath.of(protocol));
		RawPeer.send(stream, RawPeer.subscribe(TOPIC));
		RawPeer.send(stream, message("hello"));
		assertThat(subscription.next(PATIENCE).map((message) -> text(message.data()))).contains("hello");
		await("the peer is subscribed", () -> !this.pubsub.topic(TOPIC).peers().isEmpty());
		this.pubsub.topic(TOPIC).publish(ByteBuffer.wrap("back".getBytes(java.nio.charset.StandardCharsets.UTF_8)));
		PubSubProto.Rpc frame = this.peer.frame();
		while (frame.getPublishCount() == 0) {
			frame = this.peer.frame();
		}
		assertThat(frame.getPublish(0).getData()).isEqualTo(ByteString.copyFromUtf8("back"));
	}

	@Test
	void aPeerThatOpensItsStreamAgainIsToldEverythingAgain() throws Exception {
		this.pubsub.topic(TOPIC).subscribe();
		Connection connection = connect(PROTOCOL);
		StreamChannel first = this.peer.open(connection, PROTOCOL);
		RawPeer.send(first, RawPeer.subscribe("other"));
		assertThat(this.peer.frame().getSubscriptionsCount()).isOne();
		StreamChannel second = this.peer.open(connection, PROTOCOL);
		RawPeer.send(second, RawPeer.subscribe(TOPIC));
		PubSubProto.Rpc again = this.peer.frame();
		while (again.getSubscriptionsCount() == 0) {
			again = this.peer.frame();
		}
		assertThat(again.getSubscriptions(0).getTopicid()).isEqualTo(RouterHarness.bytes(TOPIC));
		await("the first stream has ended", () -> !first.channel().isActive());
		assertThat(second.channel().isActive()).isTrue();
	}

	@Test
	void aStreamThatIsResetIsOpenedAgainThreeTimesAndNoMore() throws Exception {
		this.pubsub.topic(TOPIC).subscribe();
		Connection connection = connect(PROTOCOL);
		for (int times = 0; times < 1 + PeerLink.MAX_REOPENINGS; times++) {
			StreamChannel stream = this.peer.stream();
			assertThat(this.peer.frame().getSubscriptionsCount()).as("hello").isOne();
			stream.reset(1);
		}
		await("the connection is closed", () -> !connection.isOpen());
		assertThat(this.peer.hasStream()).isFalse();
	}

	@Test
	void aStreamOfAPeerThatOnlyFinishesItIsEndedHere() throws Exception {
		this.pubsub.topic(TOPIC).subscribe();
		Connection connection = connect(PROTOCOL);
		StreamChannel stream = this.peer.open(connection, PROTOCOL);
		RawPeer.send(stream, RawPeer.subscribe(TOPIC));
		this.peer.frame();
		stream.closeWrite();
		await("both sides have ended", () -> !stream.channel().isActive());
		assertThat(connection.isOpen()).isTrue();
	}

	@Test
	void aFrameThatIsTooLongIsSkippedAndTheNextOneRead() throws Exception {
		TopicSubscription subscription = this.pubsub.topic(TOPIC).subscribe();
		Connection connection = connect(PROTOCOL);
		StreamChannel stream = this.peer.open(connection, PROTOCOL);
		int most = PubSubLimits.DEFAULT.maxMessageBytes();
		byte[] longest = padded(most);
		RawPeer.sendRaw(stream, longest);
		assertThat(subscription.next(PATIENCE)).as("the longest").isPresent();
		RawPeer.sendRaw(stream, padded(most + 1));
		RawPeer.send(stream, message("next"));
		assertThat(subscription.next(PATIENCE).map((message) -> text(message.data()))).contains("next");
		assertThat(stream.channel().isActive()).isTrue();
	}

	/** A frame of one message with so many bytes in all. */
	private static byte[] padded(int bytes) {
		int data = bytes;
		byte[] frame;
		do {
			frame = PubSubProto.Rpc.newBuilder()
				.addPublish(PubSubProto.PubSubMessage.newBuilder()
					.setTopic(RouterHarness.bytes(TOPIC))
					.setData(ByteString.copyFrom(new byte[data])))
				.build()
				.toByteArray();
			data -= frame.length - bytes;
		}
		while (frame.length != bytes);
		return frame;
	}

	@Test
	void aLengthBeyondWhatIsSkippedEndsTheConnection() throws Exception {
		Connection connection = connect(PROTOCOL);
		StreamChannel stream = this.peer.open(connection, PROTOCOL);
		FieldWriter lie = new FieldWriter(8);
		lie.varint(PubSubLimits.MAX_SKIPPED_BYTES + 1);
		stream.channel().writeAndFlush(io.netty.buffer.Unpooled.wrappedBuffer(lie.written()));
		await("the connection is closed", () -> !connection.isOpen());
	}

	@Test
	void aPeerThatOpensStreamsAllTheTimeIsHungUpOn() throws Exception {
		Connection connection = connect(PROTOCOL);
		for (int times = 0; times < PeerLink.MAX_INBOUND_A_MINUTE + 1; times++) {
			RawPeer.send(this.peer.open(connection, PROTOCOL), RawPeer.subscribe(TOPIC));
		}
		await("the bound is allowed", () -> this.pubsub.topic(TOPIC).peers().size() == 1);
		assertThat(connection.isOpen()).isTrue();
		this.peer.node().openStream(connection, java.util.List.of(PROTOCOL), (stream) -> {
		}).await(PATIENCE.toSeconds(), TimeUnit.SECONDS);
		await("one past it", () -> !connection.isOpen());
	}

}

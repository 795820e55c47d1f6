package io.p2pboot.libp2p.pubsub.gossip;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.node.NodeBuilder;
import io.p2pboot.libp2p.pubsub.GossipParams;
import io.p2pboot.libp2p.pubsub.Outgoing;
import io.p2pboot.libp2p.pubsub.PubSub;
import io.p2pboot.libp2p.pubsub.PubSubConfig;
import io.p2pboot.libp2p.pubsub.PubSubLimits;
import io.p2pboot.libp2p.pubsub.PublishFailed;
import io.p2pboot.libp2p.pubsub.PublishOptions;
import io.p2pboot.libp2p.pubsub.PublishResult;
import io.p2pboot.libp2p.pubsub.SubscribeOptions;
import io.p2pboot.libp2p.pubsub.TopicMessage;
import io.p2pboot.libp2p.pubsub.TopicSubscription;
import io.p2pboot.libp2p.pubsub.Validation;
import io.p2pboot.libp2p.pubsub.ValidatorOptions;
import io.p2pboot.libp2p.security.noise.NoiseSecurity;
import io.p2pboot.libp2p.transport.tcp.TcpTransport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

@Timeout(120)
class PubSubNodesTest {

	private static final Duration PATIENCE = Duration.ofSeconds(30);

	private static final String TOPIC = "news";

	private NettyNode first;

	private NettyNode second;

	private PubSub here;

	private PubSub there;

	@BeforeEach
	void start() throws IOException {
		PrivateKey firstKey = PrivateKey.generate();
		PrivateKey secondKey = PrivateKey.generate();
		this.first = node(firstKey);
		this.second = node(secondKey);
		PubSubConfig config = PubSubConfig.builder()
			.gossip(GossipParams.DEFAULT.withHeartbeat(Duration.ofMillis(100), Duration.ofMillis(50)))
			.build();
		this.here = GossipSub.mount(this.first, firstKey, config);
		this.there = GossipSub.mount(this.second, secondKey, config);
		this.first.connect(this.second.addrInfo());
	}

	private static NettyNode node(PrivateKey key) throws IOException {
		NettyNode node = NodeBuilder.create()
			.identity(key)
			.transport(new TcpTransport())
			.security(new NoiseSecurity())
			.listen("/ip4/127.0.0.1/tcp/0")
			.build();
		node.start();
		return node;
	}

	@AfterEach
	void close() {
		this.here.close();
		this.there.close();
		this.first.close();
		this.second.close();
	}

	private static ByteBuffer text(String text) {
		return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
	}

	private static String text(TopicMessage message) {
		return StandardCharsets.UTF_8.decode(message.data()).toString();
	}

	@Test
	void aMessageReachesTheOtherNodeAndOwnSubscribers() throws Exception {
		TopicSubscription mine = this.here.topic(TOPIC).subscribe();
		TopicSubscription theirs = this.there.topic(TOPIC).subscribe();
		assertThat(this.here.topic(TOPIC).publish(text("hello"), PublishOptions.atLeast(1).within(PATIENCE)).peers())
			.isOne();
		TopicMessage message = theirs.next(PATIENCE).orElseThrow();
		assertThat(text(message)).isEqualTo("hello");
		assertThat(message.author()).contains(this.first.peerId());
		assertThat(message.receivedFrom()).isEqualTo(this.first.peerId());
		assertThat(message.local()).isFalse();
		assertThat(mine.next(PATIENCE)).hasValueSatisfying((own) -> assertThat(own.local()).isTrue());
	}

	@Test
	void whatIsPublishedRightAfterConnectingWaitsForPeers() throws Exception {
		TopicSubscription theirs = this.there.topic(TOPIC).subscribe();
		this.here.topic(TOPIC).publish(text("early"), PublishOptions.atLeast(1).within(PATIENCE));
		assertThat(theirs.next(PATIENCE).map(PubSubNodesTest::text)).contains("early");
		assertThat(this.here.topics()).as("nothing was joined").isEmpty();
	}

	@Test
	void tooFewPeersFailThePublisherInTime() {
		assertThatThrownBy(() -> this.here.topic("lonely")
			.publish(text("x"), PublishOptions.atLeast(1).within(Duration.ofMillis(50))))
			.isInstanceOf(PublishFailed.NoPeers.class)
			.hasMessageContaining("lonely");
	}

	@Test
	void aMessageThatIsTooLongFailsThePublisherWithTheLimit() {
		int limit = 1024 * 1024;
		assertThatThrownBy(() -> this.here.topic(TOPIC).publish(ByteBuffer.allocate(limit)))
			.isInstanceOf(PublishFailed.TooLarge.class)
			.hasMessageContaining("1048576");
	}

	@Test
	void aBatchIsPublishedWholeOrNotAtAll() throws Exception {
		TopicSubscription theirs = this.there.topic(TOPIC).subscribe();
		this.here.validate(TOPIC, (message) -> text(message).equals("bad") ? Validation.REJECT : Validation.ACCEPT,
				ValidatorOptions.DEFAULT);
		this.here.topic(TOPIC).awaitPeers(1, PATIENCE);
		assertThatThrownBy(() -> this.here.publish(batch("never", "bad"))).isInstanceOf(PublishFailed.Rejected.class);
		assertThatThrownBy(() -> this.here.publish(
				List.of(new Outgoing(TOPIC, text("never")), new Outgoing(TOPIC, ByteBuffer.allocate(1024 * 1024)))))
			.isInstanceOf(PublishFailed.TooLarge.class)
			.hasMessageContaining("1048576");
		assertThat(this.here.publish(List.of())).isEmpty();
		List<PublishResult> results = this.here.publish(batch("one", "two", "three"));
		assertThat(results).hasSize(3).allSatisfy((result) -> assertThat(result.peers()).isOne());
		Set<String> arrived = new HashSet<>();
		for (PublishResult result : results) {
			TopicMessage message = theirs.next(PATIENCE).orElseThrow();
			assertThat(results).extracting(PublishResult::id).contains(message.id());
			arrived.add(text(message));
		}
		assertThat(arrived).containsExactlyInAnyOrder("one", "two", "three");
	}

	private static List<Outgoing> batch(String... texts) {
		return Stream.of(texts).map((each) -> new Outgoing(TOPIC, text(each))).toList();
	}

	@Test
	void aBatchHasAThousandMessagesAtMost() throws Exception {
		List<Outgoing> most = Collections.nCopies(PubSubLimits.MAX_BATCH_MESSAGES, new Outgoing(TOPIC, text("")));
		assertThat(this.here.publish(most)).hasSize(PubSubLimits.MAX_BATCH_MESSAGES);
		List<Outgoing> more = Collections.nCopies(PubSubLimits.MAX_BATCH_MESSAGES + 1, new Outgoing(TOPIC, text("")));
		assertThatThrownBy(() -> this.here.publish(more)).isInstanceOf(PublishFailed.Overloaded.class)
			.hasMessageContaining("1024");
	}

	@Test
	void whatWaitsForPeersIsBoundedInBytesAndGivesThemBack() throws Exception {
		PublishOptions waiting = PublishOptions.atLeast(1).within(PATIENCE);
		long most = PubSubLimits.DEFAULT.totalQueueBytes();
		int size = 1_000_000;
		List<CompletableFuture<PublishResult>> under = new ArrayList<>();
		for (long left = most; left >= size + OwnMessages.COST; left -= size + OwnMessages.COST) {
			under.add(this.here.topic(TOPIC).publishAsync(ByteBuffer.allocate(size), waiting).toCompletableFuture());
		}
		assertThat(under).as("up to the bound").noneMatch(CompletableFuture::isDone);
		assertThatThrownBy(() -> this.here.topic(TOPIC).publish(ByteBuffer.allocate(size), waiting)).as("one past it")
			.isInstanceOf(PublishFailed.Overloaded.class)
			.hasMessageContaining("67108864");
		this.there.topic(TOPIC).subscribe();
		for (CompletableFuture<PublishResult> each : under) {
			assertThat(each).succeedsWithin(PATIENCE);
		}
		assertThat(this.here.topic(TOPIC).publish(ByteBuffer.allocate(size), waiting).id()).isNotNull();
	}

	@Test
	void handlersAndValidatorsRunOnBothSides() throws Exception {
		BlockingQueue<String> handled = new LinkedBlockingQueue<>();
		this.there.validate(TOPIC, (message) -> switch (text(message)) {
			case "bad" -> Validation.REJECT;
			case "broken" -> throw new IllegalStateException("cannot decide");
			default -> Validation.ACCEPT;
		}, ValidatorOptions.DEFAULT);
		this.there.topic(TOPIC).subscribe(SubscribeOptions.DEFAULT, (message) -> handled.add(text(message)));
		this.here.topic(TOPIC).awaitPeers(1, PATIENCE);
		for (String each : List.of("bad", "broken", "good")) {
			this.here.topic(TOPIC).publish(text(each));
		}
		assertThat(handled.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isEqualTo("good");
		assertThat(handled).isEmpty();
		assertThatThrownBy(() -> this.there.topic(TOPIC).publish(text("bad")))
			.isInstanceOf(PublishFailed.Rejected.class);
	}

	@Test
	void aValidatorThatNeverAnswersIsAnIgnore() throws Exception {
		TopicSubscription theirs = this.there.topic(TOPIC).subscribe();
		this.there.validateAsync(TOPIC,
				(message) -> text(message).equals("hangs") ? new CompletableFuture<>()
						: CompletableFuture.completedFuture(Validation.ACCEPT),
				new ValidatorOptions(10, Duration.ofMillis(20)));
		this.here.topic(TOPIC).awaitPeers(1, PATIENCE);
		this.here.topic(TOPIC).publish(text("hangs"));
		this.here.topic(TOPIC).publish(text("answers"));
		assertThat(theirs.next(PATIENCE).map(PubSubNodesTest::text)).contains("answers");
	}

	@Test
	void messagesOfHalfAMegabyteArriveWhole() throws Exception {
		TopicSubscription theirs = this.there.topic(TOPIC).subscribe();
		this.here.topic(TOPIC).awaitPeers(1, PATIENCE);
		byte[] data = new byte[500_000];
		for (int index = 0; index < data.length; index++) {
			data[index] = (byte) (31 * index);
		}
		for (int times = 0; times < 6; times++) {
			data[0] = (byte) times;
			this.here.topic(TOPIC).publish(ByteBuffer.wrap(data.clone()));
			Optional<TopicMessage> message = theirs.next(PATIENCE);
			assertThat(message).isPresent();
			assertThat(message.get().data()).isEqualTo(ByteBuffer.wrap(data));
		}
	}

	@Test
	void closingTellsThePeers() throws Exception {
		this.there.topic(TOPIC).subscribe();
		assertThat(this.here.topic(TOPIC).awaitPeers(1, PATIENCE)).isTrue();
		this.there.close();
		long end = System.nanoTime() + PATIENCE.toNanos();
		while (!this.here.topic(TOPIC).peers().isEmpty() && System.nanoTime() < end) {
			Thread.onSpinWait();
		}
		assertThat(this.here.topic(TOPIC).peers()).isEmpty();
	}

	@Test
	void aConnectionThatIsLostAndMadeAgainBringsEverythingBack() throws Exception {
		TopicSubscription theirs = this.there.topic(TOPIC).subscribe();
		TopicSubscription mine = this.here.topic(TOPIC).subscribe();
		assertThat(this.here.topic(TOPIC).awaitPeers(1, PATIENCE)).isTrue();
		this.first.disconnect(this.second.peerId());
		this.first.connect(this.second.addrInfo());
		this.here.topic(TOPIC).publish(text("back"), PublishOptions.atLeast(1).within(PATIENCE));
		assertThat(mine.next(PATIENCE)).isPresent();
		this.there.topic(TOPIC).publish(text("again"), PublishOptions.atLeast(1).within(PATIENCE));
		assertThat(mine.next(PATIENCE).map(PubSubNodesTest::text)).contains("again");
		assertThat(theirs.dropped()).isZero();
	}

}

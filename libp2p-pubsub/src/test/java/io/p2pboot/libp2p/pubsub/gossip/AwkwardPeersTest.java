package io.p2pboot.libp2p.pubsub.gossip;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

import com.google.protobuf.ByteString;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.pubsub.PartialMessage;
import io.p2pboot.libp2p.pubsub.PartialMessages;
import io.p2pboot.libp2p.pubsub.PartialMode;
import io.p2pboot.libp2p.pubsub.PartialSender;
import io.p2pboot.libp2p.pubsub.PubSubConfig;
import io.p2pboot.libp2p.pubsub.PubSubLimits;
import io.p2pboot.libp2p.pubsub.ScoreParams;
import io.p2pboot.libp2p.pubsub.SignaturePolicy;
import io.p2pboot.libp2p.pubsub.TopicScoreParams;
import io.p2pboot.libp2p.wire.pb.PubSubProto;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

/**
 * Peers that leave at the wrong moment, repeat themselves or meet an application's code
 * that fails.
 */
class AwkwardPeersTest {

	private static final String TOPIC = RouterHarness.TOPIC;

	private static final PeerId AUTHOR = SimNetwork.peerId(77);

	private static RouterHarness behaving() {
		return new RouterHarness(PubSubConfig.builder().score(ScoreParams.DEFAULT.withBehaviour(-1, 0, 0.99)).build())
			.join();
	}

	private static List<ByteString> ids(int count) {
		return IntStream.range(0, count).mapToObj((number) -> ByteString.copyFromUtf8("id-" + number)).toList();
	}

	private static void leave(RouterHarness router, PeerId peer) {
		router.node().on(new RouterEvent.PeerRemoved(peer));
	}

	@Test
	void whoPromisesAndLeavesHasBrokenItsPromiseWhenItComesBack() {
		RouterHarness router = behaving();
		PeerId peer = router.subscriber(0);
		router.iHave(peer, TOPIC, ids(1));
		leave(router, peer);
		router.heartbeats(4);
		assertThat(router.context().promises().size()).isZero();
		router.subscriber(0);
		assertThat(router.context().score().score(peer)).isLessThan(0);
	}

	@Test
	void aPromiseOfOneThatHasLeftIsKeptByWhoeverSendsTheMessage() {
		RouterHarness router = behaving();
		PeerId peer = router.subscriber(0);
		PubSubProto.PubSubMessage message = router.signed(AUTHOR, "kept").build();
		router.iHave(peer, TOPIC, List.of(RouterHarness.id(message)));
		leave(router, peer);
		router.message(router.subscriber(1), message);
		router.heartbeats(4);
		router.subscriber(0);
		assertThat(router.context().score().score(peer)).isZero();
	}

	@Test
	void misbehaviourStaysForAsLongAsScoresAreKeptAndDecaysOnlyOnceThePeerIsBack() {
		ScoreParams params = ScoreParams.DEFAULT.withBehaviour(-1, 0, 0.99);
		PeerScore score = new PeerScore(Optional.of(params));
		PeerId peer = SimNetwork.peerId(1);
		long retained = params.retain().toNanos();
		score.connected(peer, Optional.empty());
		score.decay(0);
		score.misbehaved(peer, 8, 0);
		score.disconnected(peer, 0);
		for (long now = 0; now < retained; now += Duration.ofSeconds(30).toNanos()) {
			score.decay(now);
		}
		assertThat(score.score(peer)).as("without decay").isEqualTo(-64);
		score.connected(peer, Optional.empty());
		score.decay(retained);
		assertThat(score.score(peer)).as("back in time, it decays").isBetween(-63.0, -1.0);
		score.disconnected(peer, retained);
		score.decay(2 * retained);
		for (int times = 0; times < 100; times++) {
			score.decay(2 * retained + Duration.ofMinutes(times).toNanos());
		}
		assertThat(score.score(peer)).as("after its time").isZero();
		assertThat(score.retained()).isZero();
	}

	@Test
	void aSubscriptionThatIsRepeatedIsLookedAtOnce() {
		AtomicInteger asked = new AtomicInteger();
		RouterHarness router = new RouterHarness(PubSubConfig.builder().topicFilter((topic) -> {
			asked.incrementAndGet();
			return true;
		}).build());
		PeerId peer = router.peer(0);
		PubSubProto.Rpc.Builder frame = PubSubProto.Rpc.newBuilder();
		PubSubProto.Rpc.SubOpts subscription = PubSubProto.Rpc.SubOpts.newBuilder()
			.setSubscribe(true)
			.setTopicid(RouterHarness.bytes("foreign"))
			.build();
		for (int count = 0; count < PubSubLimits.MAX_SUBSCRIPTIONS; count++) {
			frame.addSubscriptions(subscription);
		}
		router.send(peer, frame);
		assertThat(asked).hasValue(1);
		router.subscribe(peer, "foreign", false);
		router.subscribe(peer, "foreign", false);
		assertThat(asked).as("its end").hasValue(2);
		router.subscribe(peer, "foreign", true);
		assertThat(asked).as("and again").hasValue(3);
	}

	@Test
	void aFilterThatFailsKeepsNothingElseOfAFrameAway() {
		RouterHarness router = new RouterHarness(PubSubConfig.builder().topicFilter((topic) -> {
			if (topic.equals("bad")) {
				throw new IllegalStateException("cannot say");
			}
			return true;
		}).build()).join();
		router.node().join("bad");
		PeerId peer = router.peer(0);
		router.send(peer, PubSubProto.Rpc.newBuilder()
			.addSubscriptions(
					PubSubProto.Rpc.SubOpts.newBuilder().setSubscribe(true).setTopicid(RouterHarness.bytes("bad")))
			.addPublish(router.signed(AUTHOR, "good")));
		assertThat(router.node().delivered()).hasSize(1);
		assertThat(router.router().peersOf("bad")).as("not heeded").isEmpty();
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void anApplicationThatCannotJudgeAPeerDoesNotKeepItsMessagesAway(boolean throwing) {
		RouterHarness router = new RouterHarness(
				PubSubConfig.builder().score(ScoreParams.DEFAULT.withApplication((peer) -> {
					if (throwing) {
						throw new IllegalStateException("does not know it");
					}
					return Double.NaN;
				}, 1)).build())
			.join();
		PeerId peer = router.subscriber(0);
		router.message(peer, router.signed(AUTHOR, "hello").build());
		router.heartbeat();
		assertThat(router.node().delivered()).hasSize(1);
		assertThat(router.context().score().score(peer)).isZero();
		assertThat(router.node().mesh(TOPIC)).containsExactly(peer);
	}

	@Test
	void anApplicationThatCannotSayHowItTakesPartsGetsWholeMessages() {
		RouterHarness router = new RouterHarness(PubSubConfig.builder().partialMessages(new PartialMessages() {

			@Override
			public PartialMode mode(String topic) {
				throw new IllegalStateException("cannot say");
			}

			@Override
			public void received(PeerId from, PartialMessage message, PartialSender sender) {
				throw new AssertionError("Not asked for");
			}

		}).build()).join();
		PeerId peer = router.peer(0, PubSubConfig.GOSSIPSUB_1_3, false);
		router.subscribe(peer, TOPIC, true);
		assertThat(router.sent(peer).getSubscriptionsCount()).isOne();
		router.send(peer,
				PubSubProto.Rpc.newBuilder()
					.setPartial(PubSubProto.PartialMessages.newBuilder()
						.setTopicID(RouterHarness.bytes(TOPIC))
						.setGroupID(RouterHarness.bytes("group"))
						.setPartialMessage(RouterHarness.bytes("part")))
					.addPublish(router.signed(AUTHOR, "whole")));
		assertThat(router.node().delivered()).hasSize(1);
	}

	@Test
	void anUnsignedMessageDoesNotSilenceWhoItSaysItIsFrom() {
		RouterHarness router = new RouterHarness(
				PubSubConfig.builder().signaturePolicy(SignaturePolicy.LAX_NO_SIGN).replayAuthors(100).build())
			.join();
		PeerId peer = router.subscriber(0);
		router.message(peer,
				router.signed(AUTHOR, "forged")
					.clearSignature()
					.setSeqno(ByteString.copyFrom(new byte[] { -1, -1, -1, -1, -1, -1, -1, -1 }))
					.build());
		router.pass(Duration.ofSeconds(140));
		router.message(peer, router.signed(AUTHOR, "true").build());
		assertThat(router.node().delivered()).hasSize(2);
	}

	@Test
	void theEndOfASubscriptionIsToldOnTheNextStreamIfTheLastOneDidNotTakeIt() {
		RouterHarness router = RouterHarness.standard().join();
		PeerId peer = router.subscriber(0);
		router.frames(peer);
		router.node().on(new RouterEvent.Leave(TOPIC));
		router.node().on(new RouterEvent.OutboundLost(peer));
		router.node().on(new RouterEvent.OutboundOpened(peer, PubSubConfig.GOSSIPSUB_1_2));
		PubSubProto.Rpc hello = router.sent(peer);
		assertThat(hello.getSubscriptionsList())
			.anySatisfy((subscription) -> assertThat(subscription.getSubscribe()).isFalse());
		assertThat(hello.getControl().getPruneCount()).isOne();
	}

	@Test
	void pruningWhileTheTableOfBackOffsIsFullCostsNoLookThroughAllOfThem() {
		int maximum = PubSubLimits.DEFAULT.maxBackoffs();
		Backoffs backoffs = new Backoffs(maximum);
		for (int number = 0; number < maximum; number++) {
			backoffs.add(TOPIC, SimNetwork.peerId(number), Duration.ofHours(1).toNanos(), 0);
		}
		assertTimeoutPreemptively(Duration.ofSeconds(10), () -> {
			for (int number = 0; number < 400_000; number++) {
				backoffs.add(TOPIC, SimNetwork.peerId(number % 30_000), Duration.ofHours(1).toNanos(), number);
			}
		});
		assertThat(backoffs.size()).isEqualTo(maximum);
	}

	@Test
	void scoresAreReadAsTheyAreAfterEachChange() {
		ScoreParams params = ScoreParams.DEFAULT.withTopics(Map.of(TOPIC, TopicScoreParams.INVALID_ONLY));
		PeerScore score = new PeerScore(Optional.of(params));
		PeerId peer = SimNetwork.peerId(1);
		score.connected(peer, Optional.empty());
		score.decay(0);
		assertThat(score.score(peer)).isZero();
		score.invalid(peer, TOPIC);
		double once = score.score(peer);
		assertThat(once).isNegative();
		score.invalid(peer, TOPIC);
		assertThat(score.score(peer)).isEqualTo(4 * once);
		score.decay(Duration.ofSeconds(1).toNanos());
		assertThat(score.score(peer)).isGreaterThan(4 * once);
	}

}

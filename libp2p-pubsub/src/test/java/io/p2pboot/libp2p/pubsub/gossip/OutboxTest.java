package io.p2pboot.libp2p.pubsub.gossip;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

import com.google.protobuf.ByteString;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.pubsub.PubSubConfig;
import io.p2pboot.libp2p.pubsub.PubSubLimits;
import io.p2pboot.libp2p.wire.pb.PubSubProto;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class OutboxTest {

	private static final String TOPIC = RouterHarness.TOPIC;

	@Test
	void theFirstFrameHasTheExtensionsAndNoFrameMoreThanAHundredSubscriptions() {
		RouterHarness router = RouterHarness.standard();
		for (int number = 0; number < 1050; number++) {
			router.node().join("topic-" + number);
		}
		List<PubSubProto.Rpc> frames = router.frames(router.peer(0, PubSubConfig.GOSSIPSUB_1_3, false));
		assertThat(frames).hasSize(11);
		assertThat(frames.get(0).getControl().hasExtensions()).isTrue();
		assertThat(frames.subList(1, 11)).noneMatch((frame) -> frame.getControl().hasExtensions());
		assertThat(frames).allSatisfy((frame) -> assertThat(frame.getSubscriptionsCount()).isLessThanOrEqualTo(100));
		Set<ByteString> told = frames.stream()
			.flatMap((frame) -> frame.getSubscriptionsList().stream())
			.map(PubSubProto.Rpc.SubOpts::getTopicid)
			.collect(Collectors.toSet());
		assertThat(told).hasSize(1050);
	}

	@Test
	void aMessageThatWaitsAloneHasOneFrameForAllPeers() {
		RouterHarness router = RouterHarness.standard().join();
		List<PeerId> peers = router.subscribers(0, 3);
		peers.forEach(router::frames);
		router.message(router.peer(9), router.signed(SimNetwork.peerId(77), "hello").build());
		long now = router.context().now();
		OutFrame frame = router.router().poll(peers.get(0), now);
		assertThat(frame).isNotNull();
		assertThat(router.router().poll(peers.get(1), now)).isSameAs(frame);
		assertThat(router.sent(peers.get(2)).getPublishCount()).isOne();
		assertThat(router.router().poll(peers.get(0), now)).as("once each").isNull();
	}

	@Test
	void whoIsSentALongMessageAtOnceIsNotToldBesidesThatItIsHere() {
		RouterHarness router = RouterHarness.standard().join();
		List<PeerId> peers = router.subscribers(0, 2);
		peers.forEach(router::frames);
		router.message(router.peer(9),
				router.signed(SimNetwork.peerId(77), "").setData(ByteString.copyFrom(new byte[2048])).build());
		PubSubProto.Rpc sent = router.sent(peers.get(0));
		assertThat(sent.getPublishCount()).isOne();
		assertThat(sent.getControl().getIdontwantCount()).isZero();
	}

	@Test
	void longTopicsAndManyIdsKeepEachFrameBelow16KiB() {
		RouterHarness router = RouterHarness.standard();
		for (int number = 0; number < 40; number++) {
			router.node().join(number + "x".repeat(1000));
		}
		router.join();
		PeerId peer = router.peer(0);
		RouterHarness filled = router;
		assertThat(filled.frames(peer)).hasSizeGreaterThan(2)
			.allSatisfy((frame) -> assertThat(frame.getSerializedSize()).isLessThanOrEqualTo(16 * 1024));
		router.subscribe(peer, TOPIC, true);
		router.iHave(peer, TOPIC,
				java.util.stream.IntStream.range(0, 4000)
					.mapToObj((number) -> ByteString.copyFromUtf8("a-longer-id-" + number))
					.toList());
		List<PubSubProto.Rpc> asking = router.frames(peer);
		assertThat(asking).hasSizeGreaterThan(2)
			.allSatisfy((frame) -> assertThat(frame.getSerializedSize()).isLessThanOrEqualTo(16 * 1024));
	}

	@Test
	void stateIsTheDifferenceAndNeverLost() {
		RouterHarness router = RouterHarness.standard();
		PeerId peer = router.peer(0);
		router.frames(peer);
		for (int times = 0; times < 10_000; times++) {
			router.node().join(TOPIC);
			router.node().on(new RouterEvent.Leave(TOPIC));
		}
		router.node().join(TOPIC);
		PubSubProto.Rpc sent = router.sent(peer);
		assertThat(sent.getSubscriptionsList()).singleElement()
			.satisfies((subscription) -> assertThat(subscription.getSubscribe()).isTrue());
	}

	@Test
	void messagesShareAFrameUpTo57344BytesAndALongerOneGoesAlone() {
		RouterHarness router = RouterHarness.standard().join();
		PeerId peer = router.subscriber(0);
		router.frames(peer);
		for (int size : new int[] { 20_000, 20_000, 20_000, 200_000, 100 }) {
			assertThat(router.node().publish(TOPIC, ByteBuffer.allocate(size))).isNotNull();
		}
		List<PubSubProto.Rpc> frames = router.frames(peer);
		assertThat(frames.stream().map(PubSubProto.Rpc::getPublishCount)).containsExactly(2, 1, 1, 1);
		assertThat(frames.stream().filter((frame) -> frame.getPublishCount() > 1))
			.allSatisfy((frame) -> assertThat(frame.getSerializedSize()).isLessThanOrEqualTo(57_344));
	}

	@Test
	void aPeerThatTakesNothingKeepsNoMoreThanItsBound() {
		RouterHarness router = RouterHarness.standard().join();
		PeerId slow = router.subscriber(0);
		PeerId sending = router.subscriber(1);
		for (int number = 0; number < 100; number++) {
			router.message(sending, router.signed(SimNetwork.peerId(9), "z".repeat(100_000)).build());
		}
		assertThat(router.context().budget().bytes()).isBetween(3_900_000L,
				(long) PubSubLimits.DEFAULT.forwardQueueBytes());
		router.pass(PubSubLimits.DEFAULT.forwardQueueTime());
		assertThat(router.sent(slow).getPublishCount()).as("too old by now").isZero();
		assertThat(router.context().budget().bytes()).isZero();
	}

	@Test
	void anOwnMessageThatFindsNoRoomIsCounted() {
		RouterHarness router = RouterHarness.standard().join();
		router.subscriber(0);
		for (int number = 0; number < 4; number++) {
			assertThat(router.node().publish(TOPIC, ByteBuffer.allocate(1_000_000)))
				.isEqualTo(new Publishing.Outcome(1, 0));
		}
		assertThat(router.node().publish(TOPIC, ByteBuffer.allocate(1_000_000)))
			.isEqualTo(new Publishing.Outcome(0, 1));
	}

	@Test
	void aFloodsubPeerGetsEveryMessageAndNoControl() {
		RouterHarness router = RouterHarness.standard().join();
		PeerId flood = router.peer(0, PubSubConfig.FLOODSUB, false);
		router.subscribe(flood, TOPIC, true);
		router.node().publish(TOPIC, ByteBuffer.allocate(2000));
		router.heartbeats(3);
		PubSubProto.Rpc sent = router.sent(flood);
		assertThat(sent.getPublishCount()).isOne();
		assertThat(sent.hasControl()).isFalse();
	}

}

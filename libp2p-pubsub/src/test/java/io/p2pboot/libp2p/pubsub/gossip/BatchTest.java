package io.p2pboot.libp2p.pubsub.gossip;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

import com.google.protobuf.ByteString;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.pubsub.MessageId;
import io.p2pboot.libp2p.pubsub.PubSubConfig;
import io.p2pboot.libp2p.wire.pb.PubSubProto;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Messages that are published at once.
 */
class BatchTest {

	private static final String TOPIC = RouterHarness.TOPIC;

	/** Long enough that no two share a frame. */
	private static final int SIZE = 50_000;

	@Test
	void everyMessageLeavesOnceBeforeAnyLeavesASecondTime() {
		RouterHarness router = RouterHarness.standard().join();
		List<PeerId> peers = router.subscribers(0, 4);
		peers.forEach(router::frames);
		assertThat(router.publish(TOPIC, payloads(8))).hasSize(8)
			.allSatisfy((outcome) -> assertThat(outcome).contains(new Publishing.Outcome(4, 0)));
		List<List<ByteString>> orders = new ArrayList<>();
		for (PeerId peer : peers) {
			List<PubSubProto.Rpc> frames = router.frames(peer);
			assertThat(frames).hasSize(8).allSatisfy((frame) -> assertThat(frame.getPublishCount()).isOne());
			orders.add(frames.stream().map((frame) -> frame.getPublish(0).getData()).toList());
		}
		for (int round = 0; round < 8; round += 2) {
			Set<ByteString> left = new HashSet<>();
			for (List<ByteString> order : orders) {
				left.addAll(order.subList(round, round + 2));
			}
			assertThat(left).as("after %d frames to each peer", round + 2).hasSize(8);
		}
	}

	@Test
	void messagesOfSeveralTopicsGoToThosePeersThatWantThem() {
		RouterHarness router = RouterHarness.standard();
		PeerId news = router.subscriber(0);
		PeerId both = router.subscriber(1);
		router.subscribe(both, "other", true);
		List<RoutedMessage> batch = List.of(router.own(TOPIC, ByteBuffer.allocate(10)),
				router.own("other", ByteBuffer.allocate(10)), router.own("nobody", ByteBuffer.allocate(10)));
		assertThat(router.publish(batch)).containsExactly(Optional.of(new Publishing.Outcome(2, 0)),
				Optional.of(new Publishing.Outcome(1, 0)), Optional.of(new Publishing.Outcome(0, 0)));
		assertThat(router.sent(news).getPublishCount()).isOne();
		assertThat(router.sent(both).getPublishCount()).isEqualTo(2);
	}

	@Test
	void oneThatWasPublishedBeforeIsNotSentAgain() {
		RouterHarness router = new RouterHarness(PubSubConfig.builder().messageId(MessageId.SHA256_DATA).build())
			.join();
		PeerId peer = router.subscriber(0);
		router.frames(peer);
		assertThat(router.node().publish(TOPIC, ByteBuffer.allocate(10))).isNotNull();
		assertThat(router.node().publish(TOPIC, ByteBuffer.allocate(10))).as("again").isNull();
		List<ByteBuffer> batch = List.of(ByteBuffer.allocate(10), ByteBuffer.allocate(11), ByteBuffer.allocate(11));
		assertThat(router.publish(TOPIC, batch)).containsExactly(Optional.empty(),
				Optional.of(new Publishing.Outcome(1, 0)), Optional.empty());
		assertThat(router.sent(peer).getPublishList()).extracting((message) -> message.getData().size())
			.containsExactly(10, 11);
	}

	private static List<ByteBuffer> payloads(int count) {
		List<ByteBuffer> payloads = new ArrayList<>();
		for (int number = 0; number < count; number++) {
			payloads.add(ByteBuffer.allocate(SIZE).putInt(number).rewind());
		}
		return payloads;
	}

}

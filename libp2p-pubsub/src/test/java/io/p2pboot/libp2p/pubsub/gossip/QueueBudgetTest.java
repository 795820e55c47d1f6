package io.p2pboot.libp2p.pubsub.gossip;

import java.nio.ByteBuffer;
import java.util.List;

import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.pubsub.MeshParams;
import io.p2pboot.libp2p.pubsub.PubSubConfig;
import io.p2pboot.libp2p.pubsub.PubSubLimits;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What waits for all peers of a node together.
 */
class QueueBudgetTest {

	private static final int SIZE = 1_000_000;

	private static final Publishing.Outcome TAKEN = new Publishing.Outcome(1, 0);

	private static final Publishing.Outcome NO_ROOM = new Publishing.Outcome(0, 1);

	/** A router with so much room, and ten peers with a topic each. */
	private static RouterHarness router(long total) {
		RouterHarness router = new RouterHarness(PubSubConfig.builder()
			.mesh(MeshParams.DEFAULT.withFloodPublish(true))
			.limits(PubSubLimits.DEFAULT.withQueues(4 * 1024 * 1024, 4 * 1024 * 1024, total))
			.build());
		for (int number = 0; number < 10; number++) {
			router.subscribe(router.peer(number), "topic-" + number, true);
		}
		return router;
	}

	private static Publishing.Outcome publish(RouterHarness router, int topic) {
		return router.node().publish("topic-" + topic, ByteBuffer.allocate(SIZE));
	}

	private static long lengthOfOne() {
		RouterHarness router = router(PubSubLimits.DEFAULT.totalQueueBytes());
		publish(router, 0);
		return router.context().budget().bytes();
	}

	@Test
	void ownMessagesForAllPeersTogetherWaitUpToTheBoundAndNoFurther() {
		long length = lengthOfOne();
		RouterHarness router = router(3 * length);
		for (int topic = 0; topic < 3; topic++) {
			assertThat(publish(router, topic)).as("message %d", topic).isEqualTo(TAKEN);
		}
		assertThat(router.context().budget().bytes()).as("at the bound").isEqualTo(3 * length);
		assertThat(publish(router, 3)).as("one past it").isEqualTo(NO_ROOM);
		assertThat(router.sent(SimNetwork.peerId(1003)).getPublishCount()).isZero();
		assertThat(router.sent(SimNetwork.peerId(1000)).getPublishCount()).isOne();
		assertThat(publish(router, 3)).as("room again").isEqualTo(TAKEN);
		RouterHarness smaller = router(3 * length - 1);
		assertThat(publish(smaller, 0)).isEqualTo(TAKEN);
		assertThat(publish(smaller, 1)).isEqualTo(TAKEN);
		assertThat(publish(smaller, 2)).as("a byte too long").isEqualTo(NO_ROOM);
	}

	@Test
	void theBoundIs64MebibytesUnlessItIsSet() {
		RouterHarness router = router(PubSubLimits.DEFAULT.totalQueueBytes());
		int taken = 0;
		for (int round = 0; round < 8; round++) {
			for (int topic = 0; topic < 10; topic++) {
				taken += publish(router, topic).peers();
			}
		}
		// Ten peers have room for four each.
		assertThat(taken).isEqualTo(40);
		for (int number = 10; number < 40; number++) {
			router.subscribe(router.peer(number), "topic-" + number, true);
			taken += publish(router, number).peers();
		}
		assertThat(taken).isEqualTo((64 * 1024 * 1024) / lengthOfOne());
	}

	@Test
	void aMessageThatWaitsForManyPeersCountsOnce() {
		long length = lengthOfOne();
		RouterHarness router = router(2 * length);
		List<PeerId> peers = router.subscribers(100, 20);
		int shorter = SIZE - 100;
		assertThat(router.node().publish(RouterHarness.TOPIC, ByteBuffer.allocate(shorter)))
			.isEqualTo(new Publishing.Outcome(20, 0));
		long waiting = router.context().budget().bytes();
		assertThat(waiting).isLessThanOrEqualTo(length);
		for (PeerId peer : peers) {
			assertThat(router.context().budget().bytes()).as("until the last has it").isEqualTo(waiting);
			assertThat(router.sent(peer).getPublishCount()).isOne();
		}
		assertThat(router.context().budget().bytes()).isZero();
	}

	@Test
	void ownMessagesTakeTheRoomOfThoseOfOthersAndNotTheOtherWayRound() {
		long length = lengthOfOne();
		RouterHarness router = router(3 * length).join();
		PeerId slow = router.subscriber(100);
		PeerId sending = router.subscriber(101);
		for (int number = 0; number < 40; number++) {
			router.message(sending, router.signed(SimNetwork.peerId(9), "z".repeat(100_000)).build());
		}
		assertThat(router.context().budget().bytes()).isBetween(3 * length - 100_200, 3 * length);
		assertThat(publish(router, 0)).isEqualTo(TAKEN);
		assertThat(publish(router, 1)).isEqualTo(TAKEN);
		assertThat(router.context().budget().bytes()).isLessThanOrEqualTo(3 * length);
		router.message(sending, router.signed(SimNetwork.peerId(9), "z".repeat(100_000)).build());
		assertThat(router.sent(slow).getPublishCount()).as("the newest of others").isBetween(8, 9);
		assertThat(router.sent(SimNetwork.peerId(1000)).getPublishCount()).isOne();
		assertThat(router.sent(SimNetwork.peerId(1001)).getPublishCount()).isOne();
		assertThat(router.context().budget().bytes()).isZero();
	}

	@Test
	void aPeerThatGoesGivesBackItsRoom() {
		RouterHarness router = router(PubSubLimits.DEFAULT.totalQueueBytes());
		publish(router, 0);
		publish(router, 1);
		long both = router.context().budget().bytes();
		router.node().on(new RouterEvent.PeerRemoved(SimNetwork.peerId(1000)));
		assertThat(router.context().budget().bytes()).isEqualTo(both / 2);
		router.node().on(new RouterEvent.PeerRemoved(SimNetwork.peerId(1001)));
		assertThat(router.context().budget().bytes()).isZero();
	}

}

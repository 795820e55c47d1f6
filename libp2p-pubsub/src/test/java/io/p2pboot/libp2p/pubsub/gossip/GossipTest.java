package io.p2pboot.libp2p.pubsub.gossip;

import java.util.ArrayList;
import java.util.List;

import com.google.protobuf.ByteString;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.pubsub.PubSubConfig;
import io.p2pboot.libp2p.pubsub.ScoreParams;
import io.p2pboot.libp2p.wire.pb.PubSubProto;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class GossipTest {

	private static final String TOPIC = RouterHarness.TOPIC;

	private static final PeerId AUTHOR = SimNetwork.peerId(77);

	private static List<ByteString> ids(int first, int count) {
		List<ByteString> ids = new ArrayList<>();
		for (int number = first; number < first + count; number++) {
			ids.add(ByteString.copyFromUtf8("id-" + number));
		}
		return ids;
	}

	private static int wants(PubSubProto.Rpc sent) {
		return sent.getControl().getIwantList().stream().mapToInt(PubSubProto.ControlIWant::getMessageIDsCount).sum();
	}

	@Test
	void whatIsOfferedAndNotSeenIsAskedForOnceAHeartbeat() {
		RouterHarness router = RouterHarness.standard().join();
		PeerId peer = router.subscriber(0);
		router.frames(peer);
		router.iHave(peer, TOPIC, ids(0, 3000));
		assertThat(wants(router.sent(peer))).isEqualTo(3000);
		router.iHave(peer, TOPIC, ids(3000, 3000));
		assertThat(wants(router.sent(peer))).as("5,000 in all").isEqualTo(2000);
		router.iHave(peer, TOPIC, ids(6000, 10));
		assertThat(router.frames(peer)).isEmpty();
		router.heartbeat();
		router.iHave(peer, TOPIC, ids(6000, 10));
		assertThat(wants(router.sent(peer))).isEqualTo(10);
	}

	@Test
	void tenFramesOfOffersAreReadInAHeartbeat() {
		RouterHarness router = RouterHarness.standard().join();
		PeerId peer = router.subscriber(0);
		router.frames(peer);
		for (int frame = 0; frame < 11; frame++) {
			router.iHave(peer, TOPIC, ids(frame, 1));
		}
		assertThat(wants(router.sent(peer))).isEqualTo(10);
	}

	@Test
	void offersOfTopicsThatAreNotFollowedAreNotTaken() {
		RouterHarness router = RouterHarness.standard().join();
		PeerId peer = router.subscriber(0);
		router.frames(peer);
		router.iHave(peer, "other", ids(0, 5));
		assertThat(router.frames(peer)).isEmpty();
	}

	@Test
	void aBrokenPromiseCountsAsMisbehaviourAndAKeptOneDoesNot() {
		RouterHarness router = new RouterHarness(
				PubSubConfig.builder().score(ScoreParams.DEFAULT.withBehaviour(-1, 0, 0.99)).build())
			.join();
		PeerId breaking = router.subscriber(0);
		PeerId keeping = router.subscriber(1);
		router.iHave(breaking, TOPIC, ids(0, 1));
		PubSubProto.PubSubMessage message = router.signed(AUTHOR, "kept").build();
		router.iHave(keeping, TOPIC, List.of(RouterHarness.id(message)));
		router.message(keeping, message);
		router.heartbeats(4);
		assertThat(router.context().score().score(breaking)).isLessThan(0);
		assertThat(router.context().score().score(keeping)).isZero();
		assertThat(router.context().promises().size()).isZero();
	}

	@Test
	void whoBreaksAPromiseIsOutOfTheMeshAtTheSameHeartbeat() {
		RouterHarness router = new RouterHarness(
				PubSubConfig.builder().score(ScoreParams.DEFAULT.withBehaviour(-1, 0, 0.99)).build())
			.join();
		PeerId breaking = router.subscriber(0);
		router.iHave(breaking, TOPIC, ids(0, 1));
		router.heartbeats(2);
		assertThat(router.node().mesh(TOPIC)).as("in time yet").containsExactly(breaking);
		router.heartbeat();
		assertThat(router.context().promises().size()).as("it is broken").isZero();
		assertThat(router.node().mesh(TOPIC)).isEmpty();
	}

	@Test
	void aMessageIsSentThreeTimesToOneWhoAsksAndNoMore() {
		RouterHarness router = RouterHarness.standard().join();
		PeerId peer = router.subscriber(0);
		PeerId asking = router.peer(1);
		PubSubProto.PubSubMessage message = router.signed(AUTHOR, "x").build();
		router.message(peer, message);
		router.frames(asking);
		for (int times = 0; times < 5; times++) {
			router.iWant(asking, List.of(RouterHarness.id(message)));
		}
		assertThat(router.sent(asking).getPublishList()).containsExactly(message, message, message);
		router.heartbeats(6);
		router.iWant(router.peer(2), List.of(RouterHarness.id(message)));
		assertThat(router.sent(SimNetwork.peerId(1002)).getPublishCount()).as("no longer kept").isZero();
	}

	@Test
	void aLongMessageIsAnnouncedAsNotWantedBeforeTheValidatorsHaveDecided() {
		RouterHarness router = RouterHarness.standard().join();
		List<PeerId> peers = router.subscribers(0, 3);
		PeerId old = router.peer(9, PubSubConfig.GOSSIPSUB_1_1, false);
		router.subscribe(old, TOPIC, true);
		router.graft(old, TOPIC);
		peers.forEach(router::frames);
		router.frames(old);
		router.node().validatorsSay(null);
		PubSubProto.PubSubMessage message = router.signed(AUTHOR, "y".repeat(1024)).build();
		router.message(peers.get(0), message);
		assertThat(router.frames(peers.get(0))).isEmpty();
		assertThat(router.sent(peers.get(1)).getControl().getIdontwant(0).getMessageIDsList())
			.containsExactly(RouterHarness.id(message));
		assertThat(router.frames(old)).as("does not know IDONTWANT").isEmpty();
		router.message(peers.get(0), router.signed(AUTHOR, "y".repeat(1023)).build());
		assertThat(router.frames(peers.get(1))).as("too short for it").isEmpty();
	}

	@Test
	void aForgedMessageIsNotAnnouncedAsNotWanted() {
		RouterHarness router = RouterHarness.standard().join();
		List<PeerId> peers = router.subscribers(0, 3);
		peers.forEach(router::frames);
		router.node().signaturesAre(false);
		router.message(peers.get(0), router.signed(AUTHOR, "y".repeat(2000)).build());
		assertThat(router.frames(peers.get(1))).isEmpty();
	}

	@Test
	void whatIsNotWantedIsNotSentAlsoIfItIsQueuedAlready() {
		RouterHarness router = RouterHarness.standard().join();
		List<PeerId> peers = router.subscribers(0, 3);
		peers.forEach(router::frames);
		PubSubProto.PubSubMessage message = router.signed(AUTHOR, "x").build();
		router.doNotWant(peers.get(1), List.of(RouterHarness.id(message)));
		router.message(peers.get(0), message);
		router.doNotWant(peers.get(2), List.of(RouterHarness.id(message)));
		assertThat(router.frames(peers.get(1))).isEmpty();
		assertThat(router.frames(peers.get(2))).isEmpty();
	}

	@Test
	void aThousandIdsAreNotWantedAHeartbeatForThreeHeartbeats() {
		RouterHarness router = RouterHarness.standard().join();
		PeerId peer = router.subscriber(0);
		router.doNotWant(peer, ids(0, 1500));
		PeerState state = router.context().peers().get(peer);
		assertThat(state.doNotWants()).isEqualTo(1000);
		router.heartbeat();
		router.doNotWant(peer, ids(2000, 1500));
		assertThat(state.doNotWants()).isEqualTo(2000);
		router.heartbeats(2);
		assertThat(state.doNotWants()).isEqualTo(1000);
		router.heartbeats(1);
		assertThat(state.doNotWants()).isZero();
	}

	@Test
	void gossipGoesToPeersOutsideOfTheMesh() {
		RouterHarness router = RouterHarness.standard().join();
		List<PeerId> peers = router.subscribers(0, 40);
		peers.forEach(router::frames);
		PubSubProto.PubSubMessage message = router.signed(AUTHOR, "x").build();
		router.message(peers.get(0), message);
		peers.forEach(router::frames);
		router.heartbeat();
		List<PeerId> told = peers.stream()
			.filter((peer) -> router.sent(peer).getControl().getIhaveCount() == 1)
			.toList();
		assertThat(told).as("a quarter of 34 or 35").hasSize(8);
		assertThat(told).doesNotContainAnyElementsOf(router.node().mesh(TOPIC));
	}

}

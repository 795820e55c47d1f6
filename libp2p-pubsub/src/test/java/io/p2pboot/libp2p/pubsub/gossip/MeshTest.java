package io.p2pboot.libp2p.pubsub.gossip;

import java.time.Duration;
import java.util.List;

import com.google.protobuf.ByteString;
import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.pubsub.MeshParams;
import io.p2pboot.libp2p.pubsub.PeerExchangeParams;
import io.p2pboot.libp2p.pubsub.PubSubConfig;
import io.p2pboot.libp2p.pubsub.ScoreParams;
import io.p2pboot.libp2p.wire.pb.PubSubProto;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

class MeshTest {

	private static final String TOPIC = RouterHarness.TOPIC;

	@Test
	void joiningGraftsAsManyAsTheDegreeAfterSubscribing() {
		RouterHarness router = RouterHarness.standard();
		List<PeerId> peers = router.subscribers(0, 20);
		router.join();
		assertThat(router.node().mesh(TOPIC)).hasSize(MeshParams.DEFAULT.degree());
		for (PeerId peer : peers) {
			PubSubProto.Rpc sent = router.sent(peer);
			assertThat(sent.getSubscriptionsList()).singleElement()
				.satisfies((subscription) -> assertThat(subscription.getSubscribe()).isTrue());
			assertThat(sent.getControl().getGraftCount()).isEqualTo(router.node().mesh(TOPIC).contains(peer) ? 1 : 0);
		}
	}

	@Test
	void aPeerThatSubscribesIsGraftedAtOnceWhileTheMeshIsSmall() {
		RouterHarness router = RouterHarness.standard().join();
		List<PeerId> peers = router.subscribers(0, 8);
		assertThat(router.node().mesh(TOPIC)).containsExactlyElementsOf(peers.subList(0, MeshParams.DEFAULT.low()));
	}

	@Test
	void leavingPrunesWithTheShorterBackoffAndKeepsToItWhenJoiningAgain() {
		RouterHarness router = RouterHarness.standard().join();
		PeerId peer = router.subscriber(0);
		router.frames(peer);
		router.node().on(new RouterEvent.Leave(TOPIC));
		PubSubProto.Rpc sent = router.sent(peer);
		assertThat(sent.getControl().getPrune(0).getBackoff()).isEqualTo(10);
		assertThat(sent.getSubscriptions(0).getSubscribe()).isFalse();
		router.join();
		assertThat(router.node().mesh(TOPIC)).isEmpty();
		router.heartbeats(11);
		assertThat(router.node().mesh(TOPIC)).as("within back-off and slack").isEmpty();
		router.heartbeats(2);
		assertThat(router.node().mesh(TOPIC)).containsExactly(peer);
	}

	@Test
	void graftOfAnUnknownTopicLeavesNothingAndIsNotAnswered() {
		RouterHarness router = RouterHarness.standard();
		PeerId peer = router.peer(0);
		router.frames(peer);
		router.graft(peer, "unknown");
		router.prune(peer, "unknown", 60);
		assertThat(router.frames(peer)).isEmpty();
		assertThat(router.context().topics()).isEmpty();
		assertThat(router.context().backoffs().size()).isZero();
	}

	@Test
	void graftOfWhoIsNotSubscribedIsAnsweredWithPrune() {
		RouterHarness router = RouterHarness.standard().join();
		PeerId peer = router.peer(0);
		router.frames(peer);
		router.graft(peer, TOPIC);
		assertThat(router.sent(peer).getControl().getPruneCount()).isOne();
		assertThat(router.node().mesh(TOPIC)).isEmpty();
	}

	@Test
	void graftWithinTheBackoffIsAnsweredWithPruneAndCountsAsMisbehaviour() {
		RouterHarness router = new RouterHarness(
				PubSubConfig.builder().score(ScoreParams.DEFAULT.withBehaviour(-1, 0, 0.99)).build())
			.join();
		PeerId peer = router.subscriber(0);
		router.prune(peer, TOPIC, 60);
		router.frames(peer);
		router.pass(Duration.ofSeconds(20));
		router.graft(peer, TOPIC);
		PubSubProto.Rpc sent = router.sent(peer);
		assertThat(sent.getControl().getPrune(0).getBackoff()).isEqualTo(60);
		assertThat(sent.getControl().getPrune(0).getPeersCount()).isZero();
		assertThat(router.context().score().score(peer)).as("once").isEqualTo(-1);
		router.graft(peer, TOPIC);
		assertThat(router.context().score().score(peer)).as("and twice within the flood time").isEqualTo(-9);
	}

	@Test
	void graftOfAnExplicitPeerIsAnsweredWithPrune() {
		PeerId direct = SimNetwork.peerId(1000);
		RouterHarness router = new RouterHarness(
				PubSubConfig.builder().directPeers(List.of(AddrInfo.of(direct))).build())
			.join();
		assertThat(router.subscriber(0)).isEqualTo(direct);
		router.frames(direct);
		router.graft(direct, TOPIC);
		assertThat(router.sent(direct).getControl().getPruneCount()).isOne();
		router.heartbeats(3);
		assertThat(router.node().mesh(TOPIC)).isEmpty();
	}

	@Test
	void aFullMeshTakesOnlyThoseThatThisNodeDialled() {
		RouterHarness router = new RouterHarness(
				PubSubConfig.builder().peerExchange(PeerExchangeParams.DEFAULT.withOffered(true)).build())
			.join();
		router.subscribers(0, MeshParams.DEFAULT.high()).forEach((peer) -> router.graft(peer, TOPIC));
		assertThat(router.node().mesh(TOPIC)).hasSize(MeshParams.DEFAULT.high());
		PeerId late = router.subscriber(100);
		router.graft(late, TOPIC);
		assertThat(router.sent(late).getControl().getPrune(0).getPeersCount()).isEqualTo(12);
		PeerId dialled = router.peer(101, PubSubConfig.GOSSIPSUB_1_1, true);
		router.subscribe(dialled, TOPIC, true);
		router.graft(dialled, TOPIC);
		assertThat(router.node().mesh(TOPIC)).contains(dialled).doesNotContain(late);
	}

	@Test
	void aHeartbeatCutsAMeshThatIsTooLargeAndKeepsDialledPeers() {
		RouterHarness router = RouterHarness.standard().join();
		PeerId first = router.peer(200, PubSubConfig.GOSSIPSUB_1_2, true);
		PeerId second = router.peer(201, PubSubConfig.GOSSIPSUB_1_2, true);
		for (PeerId peer : List.of(first, second)) {
			router.subscribe(peer, TOPIC, true);
		}
		router.subscribers(0, 10).forEach((peer) -> router.graft(peer, TOPIC));
		assertThat(router.node().mesh(TOPIC)).as("exactly the upper bound").hasSize(12);
		router.heartbeat();
		assertThat(router.node().mesh(TOPIC)).hasSize(MeshParams.DEFAULT.degree()).contains(first, second);
	}

	@ParameterizedTest
	@CsvSource({ "0, 60", "1, 1", "120, 120", "3600, 3600", "3601, 3600", "2147483648, 3600",
			"9223372036854775807, 3600", "-9223372036854775808, 3600", "-1, 3600" })
	void theBackoffOfAPruneIsUnsignedAndBounded(long asked, int kept) {
		RouterHarness router = RouterHarness.standard().join();
		PeerId peer = router.subscriber(0);
		router.prune(peer, TOPIC, asked);
		long now = router.context().now();
		assertThat(router.context().backoffs().until(TOPIC, peer, now) - now)
			.isEqualTo(Duration.ofSeconds(kept).toNanos());
		router.heartbeats(120);
		assertThat(router.node().mesh(TOPIC).contains(peer)).isEqualTo(kept < 118);
	}

	@Test
	void peersOfAPruneAreDialledUpToTheBoundAndNeverOneself() {
		RouterHarness router = RouterHarness.standard().join();
		PeerId peer = router.subscriber(0);
		PubSubProto.ControlPrune.Builder prune = PubSubProto.ControlPrune.newBuilder()
			.setTopicID(RouterHarness.bytes(TOPIC));
		prune.addPeers(info(router.node().id()));
		// Seventeen in all.
		for (int number = 0; number < 16; number++) {
			prune.addPeers(info(SimNetwork.peerId(5000 + number)));
		}
		router.send(peer,
				PubSubProto.Rpc.newBuilder().setControl(PubSubProto.ControlMessage.newBuilder().addPrune(prune)));
		assertThat(router.node().wanted()).hasSize(15).doesNotContain(router.node().id());
	}

	@Test
	void aPeerOfAPruneThatIsNoneIsPassedOver() {
		RouterHarness router = RouterHarness.standard().join();
		PeerId peer = router.subscriber(0);
		router.send(peer,
				PubSubProto.Rpc.newBuilder()
					.addPublish(router.signed(SimNetwork.peerId(9), "in the same frame"))
					.setControl(PubSubProto.ControlMessage.newBuilder()
						.addPrune(PubSubProto.ControlPrune.newBuilder()
							.setTopicID(RouterHarness.bytes(TOPIC))
							.addPeers(PubSubProto.PeerInfo.newBuilder().setPeerID(ByteString.copyFromUtf8("none")))
							.addPeers(info(SimNetwork.peerId(5000))))));
		assertThat(router.node().wanted()).containsExactly(SimNetwork.peerId(5000));
		assertThat(router.node().delivered()).hasSize(1);
	}

	private static PubSubProto.PeerInfo info(PeerId peer) {
		return PubSubProto.PeerInfo.newBuilder()
			.setPeerID(ByteString.copyFrom(peer.multihash().encoded()))
			.setSignedPeerRecord(ByteString.copyFromUtf8("record"))
			.build();
	}

	@Test
	void tenThousandSubscriptionsAndTheirEndLeaveNothing() {
		RouterHarness router = RouterHarness.standard().join();
		PeerId peer = router.peer(0);
		for (int number = 0; number < 10_000; number++) {
			router.subscribe(peer, TOPIC, true);
			router.subscribe(peer, TOPIC, false);
		}
		assertThat(router.context().topics().get(TOPIC).peers()).isEmpty();
		assertThat(router.context().backoffs().size()).isZero();
		assertThat(router.frames(peer).size()).as("frames that wait").isLessThan(3);
	}

	@Test
	void aPeerThatHasGoneLeavesNothing() {
		RouterHarness router = RouterHarness.standard().join();
		PeerId peer = router.subscriber(0);
		router.node().on(new RouterEvent.PeerRemoved(peer));
		assertThat(router.node().mesh(TOPIC)).isEmpty();
		assertThat(router.context().topics().get(TOPIC).peers()).isEmpty();
		assertThat(router.context().peers()).isEmpty();
		assertThat(router.context().budget().bytes()).isZero();
	}

}

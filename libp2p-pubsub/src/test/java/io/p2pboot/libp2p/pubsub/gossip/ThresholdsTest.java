package io.p2pboot.libp2p.pubsub.gossip;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import com.google.protobuf.ByteString;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.pubsub.MeshParams;
import io.p2pboot.libp2p.pubsub.PeerExchangeParams;
import io.p2pboot.libp2p.pubsub.PubSubConfig;
import io.p2pboot.libp2p.pubsub.ScoreParams;
import io.p2pboot.libp2p.pubsub.ScoreThresholds;
import io.p2pboot.libp2p.wire.pb.PubSubProto;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Each threshold of the score, at it and just beyond it. The application's part of the
 * score sets what each peer has.
 */
class ThresholdsTest {

	private static final String TOPIC = RouterHarness.TOPIC;

	private static final PeerId AUTHOR = SimNetwork.peerId(77);

	private static final ScoreThresholds THRESHOLDS = new ScoreThresholds(-10, -40, -90, 5, 20);

	private final Map<PeerId, Double> scores = new HashMap<>();

	private RouterHarness router(MeshParams mesh) {
		return new RouterHarness(PubSubConfig.builder()
			.mesh(mesh)
			.peerExchange(PeerExchangeParams.DEFAULT.withOffered(true))
			.score(ScoreParams.DEFAULT.withThresholds(THRESHOLDS)
				.withApplication((peer) -> this.scores.getOrDefault(peer, 0.0), 1))
			.build());
	}

	private RouterHarness router() {
		return router(MeshParams.DEFAULT);
	}

	private PeerId scored(RouterHarness router, int number, double score) {
		this.scores.put(SimNetwork.peerId(1000 + number), score);
		return router.subscriber(number);
	}

	@ParameterizedTest
	@CsvSource({ "-10, 1", "-10.01, 0" })
	void belowItsThresholdGossipIsNeitherReadNorAnsweredNorSent(double score, int heeded) {
		RouterHarness router = router().join();
		PeerId peer = scored(router, 0, score);
		PubSubProto.PubSubMessage message = router.signed(AUTHOR, "x").build();
		router.message(router.subscriber(1), message);
		router.frames(peer);
		router.iHave(peer, TOPIC, List.of(RouterHarness.bytes("offered")));
		router.iWant(peer, List.of(RouterHarness.id(message)));
		PubSubProto.Rpc answer = router.sent(peer);
		assertThat(answer.getControl().getIwantCount()).as("asked for what it offers").isEqualTo(heeded);
		assertThat(answer.getPublishCount()).as("answered").isEqualTo(heeded);
		router.heartbeat();
		assertThat(router.sent(peer).getControl().getIhaveCount()).as("told what there is").isEqualTo(heeded);
	}

	@ParameterizedTest
	@CsvSource({ "-40, 1", "-40.01, 0" })
	void belowItsThresholdOwnMessagesAreNotSent(double score, int sent) {
		RouterHarness flooding = router(MeshParams.DEFAULT.withFloodPublish(true)).join();
		scored(flooding, 0, score);
		assertThat(flooding.node().publish(TOPIC, ByteBuffer.allocate(10))).isEqualTo(new Publishing.Outcome(sent, 0));
		RouterHarness joined = router().join();
		scored(joined, 0, score);
		assertThat(joined.node().publish(TOPIC, ByteBuffer.allocate(10))).isEqualTo(new Publishing.Outcome(sent, 0));
		RouterHarness outside = router();
		scored(outside, 0, score);
		assertThat(outside.node().publish(TOPIC, ByteBuffer.allocate(10))).isEqualTo(new Publishing.Outcome(sent, 0));
		assertThat(outside.context().topics().get(TOPIC).fanout()).hasSize(sent);
	}

	@Test
	void whoseScoreFallsBelowIsPublishedToNoMoreFromTheNextHeartbeatOn() {
		RouterHarness router = router();
		PeerId peer = scored(router, 0, -40);
		router.node().publish(TOPIC, ByteBuffer.allocate(10));
		this.scores.put(peer, -40.01);
		router.heartbeat();
		assertThat(router.node().publish(TOPIC, ByteBuffer.allocate(10))).isEqualTo(new Publishing.Outcome(0, 0));
	}

	@ParameterizedTest
	@CsvSource({ "-40, 2", "-40.01, 0" })
	void belowItsThresholdAFloodsubPeerGetsNothing(double score, int sent) {
		RouterHarness router = router().join();
		this.scores.put(SimNetwork.peerId(1000), score);
		PeerId peer = router.peer(0, PubSubConfig.FLOODSUB, false);
		router.subscribe(peer, TOPIC, true);
		router.node().publish(TOPIC, ByteBuffer.allocate(10));
		router.message(router.subscriber(1), router.signed(AUTHOR, "forwarded").build());
		assertThat(router.sent(peer).getPublishCount()).isEqualTo(sent);
	}

	@ParameterizedTest
	@CsvSource({ "-90, 1", "-90.01, 0" })
	void belowItsThresholdFramesAreDroppedWhole(double score, int read) {
		RouterHarness router = router().join();
		PeerId peer = scored(router, 0, score);
		router.message(peer, router.signed(AUTHOR, "x").build());
		assertThat(router.node().delivered()).hasSize(read);
		assertThat(router.context().topics().get(TOPIC).peers()).hasSize(read);
	}

	@ParameterizedTest
	@CsvSource({ "5, 1", "4.99, 0" })
	void fromItsThresholdOnThePeersOfAPruneAreDialled(double score, int dialled) {
		RouterHarness router = router().join();
		PeerId peer = scored(router, 0, score);
		PubSubProto.ControlPrune.Builder prune = PubSubProto.ControlPrune.newBuilder()
			.setTopicID(RouterHarness.bytes(TOPIC))
			.addPeers(PubSubProto.PeerInfo.newBuilder()
				.setPeerID(ByteString.copyFrom(SimNetwork.peerId(5000).multihash().encoded()))
				.setSignedPeerRecord(ByteString.copyFromUtf8("record")));
		router.send(peer,
				PubSubProto.Rpc.newBuilder().setControl(PubSubProto.ControlMessage.newBuilder().addPrune(prune)));
		assertThat(router.node().wanted()).hasSize(dialled);
	}

	@ParameterizedTest
	@CsvSource({ "0, true", "-0.01, false" })
	void whoseScoreIsNegativeIsInNoMesh(double score, boolean meshed) {
		RouterHarness router = router().join();
		router.subscribers(10, 3);
		PeerId falling = scored(router, 0, 1);
		PeerId grafting = scored(router, 1, score);
		this.scores.put(falling, score);
		router.frames(falling);
		router.frames(grafting);
		router.graft(grafting, TOPIC);
		router.heartbeat();
		assertThat(router.node().mesh(TOPIC).contains(falling)).isEqualTo(meshed);
		assertThat(router.node().mesh(TOPIC).contains(grafting)).isEqualTo(meshed);
		for (PeerId peer : List.of(falling, grafting)) {
			PubSubProto.ControlMessage told = router.sent(peer).getControl();
			assertThat(told.getPruneCount()).isEqualTo(meshed ? 0 : 1);
			assertThat(told.getPruneList()).as("names nobody").allMatch((prune) -> prune.getPeersCount() == 0);
		}
	}

	@ParameterizedTest
	@CsvSource({ "19.99, 2", "20, 0" })
	void aMeshWhoseMedianIsBelowItsThresholdIsBetteredEachSixtiethHeartbeat(double score, int added) {
		RouterHarness router = router().join();
		for (int number = 0; number < MeshParams.DEFAULT.low(); number++) {
			scored(router, number, (number < 2) ? 1000 : score);
		}
		List<PeerId> before = router.node().mesh(TOPIC);
		assertThat(before).hasSize(MeshParams.DEFAULT.low());
		List<PeerId> better = List.of(scored(router, 10, 25), scored(router, 11, 25), scored(router, 12, 25));
		// No better than the median.
		scored(router, 20, score);
		scored(router, 21, 3);
		while (router.context().heartbeat() < MeshParams.DEFAULT.opportunisticTicks() - 1) {
			router.heartbeat();
		}
		assertThat(router.node().mesh(TOPIC)).isEqualTo(before);
		router.heartbeat();
		assertThat(router.node().mesh(TOPIC)).containsAll(before).hasSize(before.size() + added);
		assertThat(router.node().mesh(TOPIC).subList(before.size(), before.size() + added)).isSubsetOf(better);
		router.heartbeat();
		assertThat(router.node().mesh(TOPIC)).as("and not again at once").hasSize(before.size() + added);
	}

}

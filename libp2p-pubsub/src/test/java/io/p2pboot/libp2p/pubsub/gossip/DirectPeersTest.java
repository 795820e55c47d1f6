package io.p2pboot.libp2p.pubsub.gossip;

import java.nio.ByteBuffer;
import java.util.List;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.pubsub.PubSubConfig;
import io.p2pboot.libp2p.pubsub.ScoreParams;
import io.p2pboot.libp2p.wire.pb.PubSubProto;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Explicit peers: every message goes to them and comes from them, whatever their score,
 * and they are looked for.
 */
class DirectPeersTest {

	private static final String TOPIC = RouterHarness.TOPIC;

	private static final PeerId AUTHOR = SimNetwork.peerId(77);

	private static final PeerId DIRECT = SimNetwork.peerId(1000);

	private static RouterHarness router() {
		return new RouterHarness(PubSubConfig.builder()
			.directPeers(List.of(AddrInfo.of(DIRECT)))
			.score(ScoreParams.DEFAULT.withApplication((peer) -> peer.equals(DIRECT) ? -1e6 : 0, 1))
			.build());
	}

	@Test
	void everyMessageGoesToItAndItsOwnAreReadWhateverItsScore() {
		RouterHarness router = router().join();
		router.subscribers(10, 20);
		assertThat(router.subscriber(0)).isEqualTo(DIRECT);
		PeerId other = router.subscriber(1);
		router.frames(DIRECT);
		router.node().publish(TOPIC, ByteBuffer.allocate(10));
		PubSubProto.PubSubMessage forwarded = router.signed(AUTHOR, "forwarded").build();
		router.message(other, forwarded);
		assertThat(router.sent(DIRECT).getPublishList()).hasSize(2).contains(forwarded);
		router.message(DIRECT, router.signed(AUTHOR, "from it").build());
		assertThat(router.node().delivered()).extracting((message) -> message.message().receivedFrom())
			.contains(DIRECT);
	}

	@Test
	void itIsNeverInAMeshNorToldOfMessagesByGossip() {
		RouterHarness router = router().join();
		router.subscriber(0);
		router.node().publish(TOPIC, ByteBuffer.allocate(10));
		router.frames(DIRECT);
		router.heartbeats(3);
		PubSubProto.ControlMessage told = router.sent(DIRECT).getControl();
		assertThat(told.getGraftCount()).isZero();
		assertThat(told.getPruneCount()).isZero();
		assertThat(told.getIhaveCount()).isZero();
	}

	@Test
	void itIsLookedForAtTheFirstAndThenEachThreeHundredthHeartbeat() {
		RouterHarness router = router();
		assertThat(router.node().wanted()).as("at the first").containsExactly(DIRECT);
		router.heartbeats(300 - 3);
		assertThat(router.node().wanted()).hasSize(1);
		router.heartbeat();
		assertThat(router.node().wanted()).as("at the 301st").hasSize(2);
		router.peer(0);
		router.heartbeats(300);
		assertThat(router.node().wanted()).as("not while it is connected").hasSize(2);
	}

}

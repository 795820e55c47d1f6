package io.p2pboot.libp2p.pubsub.gossip;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import io.p2pboot.libp2p.IpNetwork;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.pubsub.PubSubConfig;
import io.p2pboot.libp2p.pubsub.ScoreParams;
import io.p2pboot.libp2p.pubsub.ScoreThresholds;
import io.p2pboot.libp2p.pubsub.TopicScoreParams;
import io.p2pboot.libp2p.wire.pb.PubSubProto;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

/**
 * The figures of P1 to P7, worked out by hand from the formulas of the specification and
 * of go-libp2p-pubsub's score.go.
 */
class ScoreTest {

	private static final String TOPIC = "t";

	private static final PeerId PEER = SimNetwork.peerId(1);

	private static final long SECOND = 1_000_000_000L;

	private static ScoreParams params(TopicScoreParams topic) {
		return ScoreParams.DEFAULT.withTopics(Map.of(TOPIC, topic)).withBehaviour(-10, 2, 0.5);
	}

	private static TopicScoreParams topic(TopicScoreParams.TimeInMesh time, TopicScoreParams.FirstDeliveries first,
			TopicScoreParams.MeshDeliveries mesh) {
		return new TopicScoreParams(0.5, time, first, mesh, -3, 0.5);
	}

	private static TopicScoreParams none() {
		return topic(TopicScoreParams.TimeInMesh.NONE, TopicScoreParams.FirstDeliveries.NONE,
				TopicScoreParams.MeshDeliveries.NONE);
	}

	private static PeerScore connected(ScoreParams params) {
		PeerScore score = new PeerScore(Optional.of(params));
		score.connected(PEER, Optional.empty());
		score.decay(0);
		return score;
	}

	private static void assertScore(PeerScore score, double expected) {
		assertThat(score.score(PEER)).isCloseTo(expected, within(1e-9));
	}

	@Test
	void timeInTheMeshCountsInWholeQuantaUpToTheCapAndNotOutsideOfIt() {
		PeerScore score = connected(params(topic(new TopicScoreParams.TimeInMesh(2, Duration.ofSeconds(2), 5),
				TopicScoreParams.FirstDeliveries.NONE, TopicScoreParams.MeshDeliveries.NONE)));
		score.grafted(PEER, TOPIC, 0);
		score.decay(5 * SECOND);
		assertScore(score, 0.5 * 2 * 2);
		score.decay(20 * SECOND);
		assertScore(score, 0.5 * 2 * 5);
		score.pruned(PEER, TOPIC);
		assertScore(score, 0);
	}

	@Test
	void firstDeliveriesCountUpToTheCapAndDecayToZero() {
		PeerScore score = connected(params(topic(TopicScoreParams.TimeInMesh.NONE,
				new TopicScoreParams.FirstDeliveries(4, 0.1, 3), TopicScoreParams.MeshDeliveries.NONE)));
		for (int count = 0; count < 5; count++) {
			score.first(PEER, TOPIC);
		}
		assertScore(score, 0.5 * 4 * 3);
		score.decay(SECOND);
		assertScore(score, 0.5 * 4 * 0.3);
		score.decay(2 * SECOND);
		assertScore(score, 0.5 * 4 * 0.03);
		score.decay(3 * SECOND);
		assertThat(score.score(PEER)).as("below decayToZero").isZero();
	}

	@Test
	void tooFewDeliveriesInTheMeshAreSquaredAndStickAfterAPrune() {
		PeerScore score = connected(params(topic(TopicScoreParams.TimeInMesh.NONE,
				TopicScoreParams.FirstDeliveries.NONE, new TopicScoreParams.MeshDeliveries(-2, 0.5, 10, 4,
						Duration.ofMillis(10), Duration.ofSeconds(3), -1, 0.5))));
		score.grafted(PEER, TOPIC, 0);
		score.decay(3 * SECOND);
		assertThat(score.score(PEER)).as("not active yet").isZero();
		score.decay(4 * SECOND);
		assertScore(score, 0.5 * -2 * 16);
		score.duplicate(PEER, TOPIC, Duration.ofMillis(10).toNanos());
		score.duplicate(PEER, TOPIC, Duration.ofMillis(10).toNanos() + 1);
		assertScore(score, 0.5 * -2 * 9);
		score.pruned(PEER, TOPIC);
		assertScore(score, 0.5 * (-2 * 9 - 1 * 9));
		score.grafted(PEER, TOPIC, 4 * SECOND);
		assertScore(score, 0.5 * -1 * 9);
		score.decay(5 * SECOND);
		assertScore(score, 0.5 * -1 * 4.5);
	}

	@Test
	void invalidMessagesAreSquared() {
		PeerScore score = connected(params(none()));
		for (int count = 0; count < 3; count++) {
			score.invalid(PEER, TOPIC);
		}
		assertScore(score, 0.5 * -3 * 9);
		score.decay(SECOND);
		assertScore(score, 0.5 * -3 * 2.25);
	}

	@Test
	void theCapHoldsForTopicsAlone() {
		ScoreParams params = params(topic(TopicScoreParams.TimeInMesh.NONE,
				new TopicScoreParams.FirstDeliveries(1, 0.5, 1_000_000), TopicScoreParams.MeshDeliveries.NONE))
			.withApplication((peer) -> 7, 10);
		PeerScore score = connected(params);
		for (int count = 0; count < 10_000; count++) {
			score.first(PEER, TOPIC);
		}
		assertScore(score, params.topicScoreCap() + 70);
	}

	@Test
	void misbehaviourCountsSquaredBeyondWhatIsForgiven() {
		PeerScore score = connected(params(none()));
		score.misbehaved(PEER, 2, 0);
		assertThat(score.score(PEER)).isZero();
		score.misbehaved(PEER, 3, 0);
		assertScore(score, -10 * 9);
		score.decay(SECOND);
		assertScore(score, -10 * 0.25);
	}

	@Test
	void peersAtOneAddressCountSquaredBeyondTheThreshold() throws UnknownHostException {
		assertColocated("203.0.113.1", "203.0.113.1", "203.0.113.1", "203.0.113.1", -5 * 4);
		assertColocated("203.0.113.1", "203.0.113.1", "203.0.113.2", "203.0.113.3", 0);
		assertColocated("203.0.113.1", "203.0.113.1", "::ffff:203.0.113.1", "203.0.113.9", -5);
		assertColocated("2001:db8::1", "2001:db8::2", "2001:db8::3", "2001:db8:0:1::1", -5);
		assertColocated("127.0.0.1", "127.0.0.1", "127.0.0.1", "127.0.0.1", 0);
	}

	@Test
	void theAddressesOfAPeerAreThoseOfAllItsConnectionsAndOfNoneThatHasGone() throws UnknownHostException {
		PeerScore score = new PeerScore(Optional.of(params(none()).withColocation(-5, 1)));
		InetAddress first = InetAddress.getByName("203.0.113.1");
		InetAddress second = InetAddress.getByName("203.0.113.2");
		PeerId other = SimNetwork.peerId(2);
		score.connected(PEER, Optional.of(first));
		score.connected(other, Optional.of(second));
		assertScore(score, 0);
		score.addresses(PEER, Set.of(first, second));
		assertScore(score, -5);
		assertThat(score.score(other)).isEqualTo(-5);
		score.addresses(other, Set.of(first, second));
		assertScore(score, -10);
		score.addresses(other, Set.of());
		assertScore(score, 0);
		score.disconnected(PEER, 0);
		score.addresses(PEER, Set.of(second));
		score.addresses(other, Set.of(second));
		assertThat(score.score(other)).as("one that has gone is nowhere").isZero();
	}

	@Test
	void peersInAnExemptNetworkDoNotCount() throws UnknownHostException {
		List<IpNetwork> exempt = List.of(IpNetwork.parse("203.0.113.0/24"), IpNetwork.parse("2001:db8::/48"));
		assertColocated(exempt, "203.0.113.1", "203.0.113.1", "203.0.113.1", "203.0.113.1", 0);
		assertColocated(exempt, "203.0.113.1", "203.0.113.1", "::ffff:203.0.113.1", "203.0.113.1", 0);
		assertColocated(exempt, "2001:db8::1", "2001:db8::2", "2001:db8::3", "2001:db8::3", 0);
		assertColocated(exempt, "203.0.114.1", "203.0.114.1", "203.0.114.1", "203.0.113.1", -5);
		assertColocated(exempt, "2001:db8:1::1", "2001:db8:1::2", "2001:db8:1::3", "2001:db8::1", -5);
	}

	private static void assertColocated(String first, String second, String third, String fourth, double expected)
			throws UnknownHostException {
		assertColocated(List.of(), first, second, third, fourth, expected);
	}

	private static void assertColocated(List<IpNetwork> exempt, String first, String second, String third,
			String fourth, double expected) throws UnknownHostException {
		PeerScore score = new PeerScore(Optional.of(params(none()).withColocation(-5, 2).withColocationExempt(exempt)));
		List<String> addresses = List.of(first, second, third, fourth);
		for (int number = 0; number < addresses.size(); number++) {
			score.connected(SimNetwork.peerId(number + 1), Optional.of(InetAddress.getByName(addresses.get(number))));
		}
		assertScore(score, expected);
	}

	@Test
	void aBadScoreIsKeptWithoutDecayUntilItsTimeAndACleanOneIsNot() {
		PeerScore score = connected(params(none()));
		score.misbehaved(PEER, 5, 0);
		score.disconnected(PEER, 0);
		assertThat(score.retained()).isOne();
		score.decay(30 * SECOND);
		score.connected(PEER, Optional.empty());
		assertScore(score, -10 * 9);
		score.disconnected(PEER, 30 * SECOND);
		for (long now = 60; now <= 30 + 3600; now += 30) {
			score.decay(now * SECOND);
		}
		assertThat(score.retained()).isZero();
		PeerId clean = SimNetwork.peerId(2);
		score.connected(clean, Optional.empty());
		score.disconnected(clean, 0);
		assertThat(score.retained()).isZero();
	}

	@Test
	void tenThousandScoresAreKeptAndTheBestOfThemGoesFirst() {
		PeerScore score = new PeerScore(Optional.of(params(none())));
		for (int number = 0; number <= PeerScore.MAX_RETAINED; number++) {
			PeerId peer = SimNetwork.peerId(number);
			score.connected(peer, Optional.empty());
			score.misbehaved(peer, (number == 17) ? 3 : 5, 0);
			score.disconnected(peer, 0);
		}
		assertThat(score.retained()).isEqualTo(PeerScore.MAX_RETAINED);
		assertThat(score.score(SimNetwork.peerId(17))).isZero();
		assertThat(score.score(SimNetwork.peerId(16))).isNegative();
	}

	@Test
	void aClockThatJumpsDoesNotKeepTheRouterBusy() {
		PeerScore score = connected(params(none()));
		score.misbehaved(PEER, 5, 0);
		score.decay(Duration.ofDays(300).toNanos());
		assertThat(score.score(PEER)).isZero();
	}

	@ParameterizedTest
	@ValueSource(ints = { 3, 4, 5 })
	void belowItsThresholdGossipIsNotRead(int misbehaved) {
		RouterHarness router = new RouterHarness(PubSubConfig.builder()
			.score(params(none()).withThresholds(new ScoreThresholds(-10, -40, -1000, 0, 0)))
			.build()).join();
		PeerId peer = router.subscriber(0);
		router.sent(peer);
		// -10, -40, -90.
		router.context().score().misbehaved(peer, misbehaved, 0);
		router.iHave(peer, RouterHarness.TOPIC, List.of(RouterHarness.bytes("offered")));
		PubSubProto.Rpc sent = router.sent(peer);
		assertThat(sent.getControl().getIwantCount()).isEqualTo((misbehaved == 3) ? 1 : 0);
	}

	@Test
	void parametersThatAreNoneAreRefused() {
		assertThatIllegalArgumentException().isThrownBy(() -> new ScoreThresholds(1, 0, 0, 0, 0));
		assertThatIllegalArgumentException().isThrownBy(() -> new ScoreThresholds(-10, -5, -20, 0, 0));
		assertThatIllegalArgumentException().isThrownBy(() -> new ScoreThresholds(-10, -20, -15, 0, 0));
		assertThatIllegalArgumentException().isThrownBy(() -> new ScoreThresholds(0, 0, 0, -1, 0));
		assertThatIllegalArgumentException().isThrownBy(() -> new ScoreThresholds(0, 0, 0, 0, Double.NaN));
		assertThatIllegalArgumentException().isThrownBy(() -> ScoreParams.DEFAULT.withBehaviour(1, 0, 0.5));
		assertThatIllegalArgumentException().isThrownBy(() -> ScoreParams.DEFAULT.withBehaviour(-1, 0, 1));
		assertThatIllegalArgumentException().isThrownBy(() -> ScoreParams.DEFAULT.withColocation(-1, 0));
		assertThatIllegalArgumentException()
			.isThrownBy(() -> new TopicScoreParams.TimeInMesh(Double.POSITIVE_INFINITY, Duration.ofSeconds(1), 1));
		assertThatIllegalArgumentException().isThrownBy(() -> new TopicScoreParams.FirstDeliveries(1, 0, 1));
	}

	@Test
	void extensionsCountOnceAndInTheFirstFrameOnly() {
		RouterHarness router = new RouterHarness(PubSubConfig.builder().score(params(none())).build());
		PeerId peer = router.peer(0, PubSubConfig.GOSSIPSUB_1_3, false);
		router.send(peer, extensions());
		assertThat(router.context().score().score(peer)).isZero();
		router.send(peer, extensions());
		assertThat(router.context().score().score(peer)).as("a second time").isEqualTo(-10 * 64);
		PeerId late = router.peer(1, PubSubConfig.GOSSIPSUB_1_3, false);
		router.subscribe(late, TOPIC, true);
		router.send(late, extensions());
		assertThat(router.context().score().score(late)).as("late").isEqualTo(-10 * 64);
		PeerId older = router.peer(2, PubSubConfig.GOSSIPSUB_1_2, false);
		router.subscribe(older, TOPIC, true);
		router.send(older, extensions());
		assertThat(router.context().score().score(older)).as("not known to 1.2").isZero();
	}

	private static PubSubProto.Rpc.Builder extensions() {
		PubSubProto.ControlMessage.Builder control = PubSubProto.ControlMessage.newBuilder();
		control.getExtensionsBuilder();
		return PubSubProto.Rpc.newBuilder().setControl(control);
	}

}

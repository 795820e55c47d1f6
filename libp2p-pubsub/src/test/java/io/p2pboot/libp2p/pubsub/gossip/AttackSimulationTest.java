package io.p2pboot.libp2p.pubsub.gossip;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.pubsub.MeshParams;
import io.p2pboot.libp2p.pubsub.PubSubConfig;
import io.p2pboot.libp2p.pubsub.ScoreParams;
import io.p2pboot.libp2p.pubsub.ScoreThresholds;
import io.p2pboot.libp2p.pubsub.TopicScoreParams;
import io.p2pboot.libp2p.pubsub.Validation;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Networks under attack in virtual time: short forms of the runs V4 to V8, with as many
 * attackers as honest nodes.
 */
class AttackSimulationTest {

	private static final String TOPIC = "t";

	private static final int NODES = 30;

	private static final int DEGREE = 10;

	private static final int SYBILS = 30;

	private final SimNetwork network = new SimNetwork(11);

	private final List<SimNode> nodes = new ArrayList<>();

	private final List<SimNode> sybils = new ArrayList<>();

	@Test
	void silentSybilsAreOutOfTheMeshesWithinTwoMinutes() {
		honest(scored(true));
		sybils(this.nodes, DEGREE, Optional.empty());
		run(Duration.ofSeconds(5));
		assertThat(sybilShare()).as("they got in").isGreaterThan(0.3);
		// The second wave are those that found meshes full, and come again after a
		// minute.
		publishFor(Duration.ofSeconds(115));
		assertThat(sybilShare()).as("after two minutes").isLessThan(0.1);
		double most = 0;
		for (int times = 0; times < 6; times++) {
			publishFor(Duration.ofSeconds(10));
			most = Math.max(most, sybilShare());
		}
		assertThat(most).as("they stay out").isLessThan(0.1);
		assertEverythingArrives(50);
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void aPublisherAmongSybilsIsHeardByEverybodyWithAndWithoutFlooding(boolean flood) {
		SimNode publisher = censored(flood);
		for (int count = 0; count < 20; count++) {
			publisher.publish(TOPIC, ByteBuffer.allocate(64));
			run(Duration.ofMillis(500));
		}
		assertThat(this.nodes).allSatisfy((node) -> assertThat(node.delivered()).hasSize(20));
	}

	/** A publisher with three honest neighbours and sybils that were there before. */
	private SimNode censored(boolean flood) {
		honest(scored(flood));
		SimNode publisher = this.network.node(scored(flood));
		publisher.join(TOPIC);
		sybils(List.of(publisher), 1, Optional.empty());
		run(Duration.ofSeconds(3));
		for (int link = 0; link < 3; link++) {
			this.network.connect(this.nodes.get(link), publisher);
		}
		this.network.loses((from, to) -> isSybil(from));
		run(Duration.ofMillis(200));
		return publisher;
	}

	private boolean isSybil(PeerId peer) {
		return this.sybils.stream().anyMatch((sybil) -> sybil.id().equals(peer));
	}

	@Test
	void aNetworkThatStartsAmongSybilsRecoversWithinHalfAMinute() {
		for (int index = 0; index < NODES; index++) {
			this.nodes.add(this.network.node(scored(true)));
		}
		sybils(this.nodes, DEGREE, Optional.empty());
		this.nodes.forEach((node) -> node.join(TOPIC));
		run(Duration.ofSeconds(10));
		connectAll();
		publishFor(Duration.ofSeconds(30));
		assertEverythingArrives(50);
	}

	@Test
	void sybilsThatBehavedAndThenDropEverythingAreBridgedByGossip() {
		honest(scored(true));
		sybils(this.nodes, DEGREE, Optional.empty());
		this.sybils.forEach((sybil) -> sybil.validatorsSay(Validation.ACCEPT));
		run(Duration.ofSeconds(5));
		publishFor(Duration.ofSeconds(30));
		this.sybils.forEach((sybil) -> sybil.validatorsSay(Validation.IGNORE));
		assertEverythingArrives(50);
	}

	@Test
	void sybilsAtOneAddressAreOutOfEveryMeshAtTheNextHeartbeats() throws UnknownHostException {
		PubSubConfig config = scored(true, (score) -> score.withColocation(-10, 3));
		honest(config);
		sybils(this.nodes, SYBILS, Optional.of(InetAddress.getByName("203.0.113.7")));
		run(Duration.ofSeconds(3));
		assertThat(sybilShare()).isZero();
		assertEverythingArrives(50);
	}

	private static PubSubConfig scored(boolean flood) {
		return scored(flood, UnaryOperator.identity());
	}

	private static PubSubConfig scored(boolean flood, UnaryOperator<ScoreParams> changes) {
		TopicScoreParams topic = new TopicScoreParams(0.25,
				new TopicScoreParams.TimeInMesh(0.0027, Duration.ofSeconds(1), 3600),
				new TopicScoreParams.FirstDeliveries(0.664, 0.9916, 1500), new TopicScoreParams.MeshDeliveries(-0.25,
						0.997, 400, 10, Duration.ofMillis(5), Duration.ofSeconds(15), -0.25, 0.997),
				-99, 0.9994);
		ScoreParams score = ScoreParams.DEFAULT.withTopics(Map.of(TOPIC, topic))
			.withThresholds(new ScoreThresholds(-4000, -5000, -10_000, 0, 0));
		return PubSubConfig.builder()
			.mesh(MeshParams.DEFAULT.withSizes(8, 6, 12, 6, 3).withFloodPublish(flood))
			.score(changes.apply(score))
			.build();
	}

	private void honest(PubSubConfig config) {
		for (int index = 0; index < NODES; index++) {
			SimNode node = this.network.node(config);
			node.join(TOPIC);
			this.nodes.add(node);
		}
		connectAll();
	}

	private void connectAll() {
		for (SimNode node : this.nodes) {
			for (int link = 0; link < DEGREE / 2; link++) {
				SimNode other = this.nodes.get(this.network.random().nextInt(this.nodes.size()));
				if (other != node) {
					this.network.connect(node, other);
				}
			}
		}
	}

	/** Nodes that graft whom they can and pass nothing on. */
	private void sybils(List<SimNode> victims, int degree, Optional<InetAddress> address) {
		for (int index = 0; index < SYBILS; index++) {
			SimNode sybil = this.network.node(PubSubConfig.builder().build());
			sybil.validatorsSay(Validation.IGNORE);
			sybil.join(TOPIC);
			for (int link = 0; link < degree; link++) {
				this.network.connect(sybil, victims.get(this.network.random().nextInt(victims.size())), address);
			}
			this.sybils.add(sybil);
		}
	}

	private void run(Duration time) {
		this.network.run(time);
	}

	private void publishFor(Duration time) {
		for (long passed = 0; passed < time.toMillis(); passed += 200) {
			author().publish(TOPIC, ByteBuffer.allocate(64));
			run(Duration.ofMillis(200));
		}
	}

	private SimNode author() {
		return this.nodes.get(this.network.random().nextInt(this.nodes.size()));
	}

	/** Which part of the honest nodes' meshes are sybils. */
	private double sybilShare() {
		Set<PeerId> bad = new HashSet<>(this.sybils.stream().map(SimNode::id).toList());
		List<PeerId> all = this.nodes.stream().flatMap((node) -> node.mesh(TOPIC).stream()).toList();
		return (double) all.stream().filter(bad::contains).count() / all.size();
	}

	private void assertEverythingArrives(int messages) {
		this.nodes.forEach((node) -> node.delivered().clear());
		run(Duration.ofSeconds(3));
		this.nodes.forEach((node) -> node.delivered().clear());
		for (int count = 0; count < messages; count++) {
			author().publish(TOPIC, ByteBuffer.allocate(64));
			run(Duration.ofMillis(100));
		}
		run(Duration.ofSeconds(5));
		assertThat(this.nodes).allSatisfy((node) -> assertThat(node.delivered()).hasSize(messages));
	}

}

package io.p2pboot.libp2p.pubsub.gossip;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.pubsub.MeshParams;
import io.p2pboot.libp2p.pubsub.PubSubConfig;
import io.p2pboot.libp2p.pubsub.ScoreParams;
import io.p2pboot.libp2p.pubsub.ScoreThresholds;
import io.p2pboot.libp2p.pubsub.TopicScoreParams;
import io.p2pboot.libp2p.pubsub.Validation;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Networks of the real router in virtual time: short forms of the runs V1 to V10.
 */
class SimulationTest {

	private static final String TOPIC = "t";

	private static final int NODES = 40;

	private static final int DEGREE = 10;

	@Test
	void everyMessageReachesEverybodyOnceOrTwice() {
		SimNetwork network = new SimNetwork(1);
		List<SimNode> nodes = network(network, NODES, plain());
		network.run(Duration.ofSeconds(5));
		long before = network.copies();
		publish(network, nodes, 60, Duration.ofMillis(100));
		assertDelivered(nodes, 60);
		double copies = (double) (network.copies() - before) / (60 * (NODES - 1));
		assertThat(copies).as("copies per delivery").isBetween(1.0, 7.0);
		assertThat(percentile(network.latencies(), 99)).isLessThan(Duration.ofMillis(500).toNanos());
	}

	@Test
	void meshesHaveTheirSize() {
		SimNetwork network = new SimNetwork(2);
		List<SimNode> nodes = network(network, NODES, plain());
		network.run(Duration.ofSeconds(20));
		MeshParams mesh = MeshParams.DEFAULT;
		for (SimNode node : nodes) {
			int neighbours = node.router().context().peers().size();
			assertThat(node.mesh(TOPIC)).hasSizeBetween(Math.min(mesh.low(), neighbours), mesh.high());
			for (PeerId other : node.mesh(TOPIC)) {
				SimNode peer = nodes.stream().filter((each) -> each.id().equals(other)).findFirst().orElseThrow();
				assertThat(peer.mesh(TOPIC)).as("both have each other").contains(node.id());
			}
		}
	}

	@Test
	void whatFramesAreLostIsGossiped() {
		SimNetwork network = new SimNetwork(3);
		List<SimNode> nodes = network(network, NODES, plain());
		network.run(Duration.ofSeconds(5));
		network.loses((from, to) -> network.random().nextInt(100) == 0);
		publish(network, nodes, 50, Duration.ofMillis(100));
		network.run(Duration.ofSeconds(5));
		assertDelivered(nodes, 50);
	}

	@Test
	void aNetworkThatWasSplitGrowsTogether() {
		SimNetwork network = new SimNetwork(4);
		List<SimNode> nodes = network(network, NODES, plain());
		network.run(Duration.ofSeconds(5));
		Set<PeerId> half = new HashSet<>(nodes.subList(0, NODES / 2).stream().map(SimNode::id).toList());
		network.loses((from, to) -> half.contains(from) != half.contains(to));
		network.run(Duration.ofSeconds(30));
		network.loses((from, to) -> false);
		network.run(Duration.ofSeconds(3));
		publish(network, nodes, 20, Duration.ofMillis(100));
		network.run(Duration.ofSeconds(5));
		assertDelivered(nodes, 20);
	}

	@Test
	void nodesThatComeAndGoLeaveNoHoles() {
		SimNetwork network = new SimNetwork(5);
		List<SimNode> nodes = network(network, NODES, plain());
		network.run(Duration.ofSeconds(5));
		for (int round = 0; round < 6; round++) {
			network.stop(nodes.remove(network.random().nextInt(nodes.size())));
			SimNode fresh = network.node(plain());
			fresh.join(TOPIC);
			for (int link = 0; link < DEGREE; link++) {
				network.connect(fresh, nodes.get(network.random().nextInt(nodes.size())));
			}
			nodes.add(fresh);
			network.run(Duration.ofSeconds(10));
		}
		nodes.forEach((node) -> node.delivered().clear());
		publish(network, nodes, 20, Duration.ofMillis(100));
		network.run(Duration.ofSeconds(5));
		assertDelivered(nodes, 20);
	}

	@Test
	void everythingArrivesDespiteSilentSybils() {
		SimNetwork network = new SimNetwork(6);
		List<SimNode> nodes = network(network, NODES, scored());
		sybils(network, nodes, 40, 10);
		network.run(Duration.ofSeconds(5));
		publish(network, nodes, 400, Duration.ofMillis(100));
		network.run(Duration.ofSeconds(5));
		assertThat(nodes).as("98 % during the attack").allMatch((node) -> node.delivered().size() >= 392);
		nodes.forEach((node) -> node.delivered().clear());
		publish(network, nodes, 100, Duration.ofMillis(100));
		network.run(Duration.ofSeconds(5));
		assertDelivered(nodes, 100);
	}

	@Test
	void aNodeAmongSybilsStillHearsEverything() {
		SimNetwork network = new SimNetwork(7);
		List<SimNode> nodes = network(network, NODES, scored());
		SimNode victim = nodes.get(0);
		sybils(network, List.of(victim), 40, 1);
		network.run(Duration.ofSeconds(5));
		publish(network, nodes.subList(1, NODES), 200, Duration.ofMillis(100));
		network.run(Duration.ofSeconds(5));
		assertThat(victim.delivered().size()).isGreaterThanOrEqualTo(198);
	}

	@Test
	void oneSeedGivesOneHistory() {
		assertThat(history(8)).isEqualTo(history(8)).isNotEqualTo(history(9));
	}

	private static long history(long seed) {
		SimNetwork network = new SimNetwork(seed);
		List<SimNode> nodes = network(network, 30, scored());
		network.run(Duration.ofSeconds(3));
		publish(network, nodes, 50, Duration.ofMillis(50));
		network.run(Duration.ofSeconds(3));
		return network.log();
	}

	private static PubSubConfig plain() {
		return PubSubConfig.builder().build();
	}

	private static PubSubConfig scored() {
		TopicScoreParams topic = new TopicScoreParams(0.25,
				new TopicScoreParams.TimeInMesh(0.0027, Duration.ofSeconds(1), 3600),
				new TopicScoreParams.FirstDeliveries(0.664, 0.9916, 1500), new TopicScoreParams.MeshDeliveries(-0.25,
						0.997, 400, 1, Duration.ofMillis(5), Duration.ofSeconds(10), -0.25, 0.997),
				-99, 0.9994);
		ScoreParams score = ScoreParams.DEFAULT.withTopics(Map.of(TOPIC, topic))
			.withThresholds(new ScoreThresholds(-4000, -5000, -10_000, 0, 0));
		return PubSubConfig.builder()
			.mesh(MeshParams.DEFAULT.withSizes(8, 6, 12, 6, 3).withFloodPublish(true))
			.score(score)
			.build();
	}

	private static List<SimNode> network(SimNetwork network, int size, PubSubConfig config) {
		List<SimNode> nodes = new ArrayList<>();
		for (int index = 0; index < size; index++) {
			SimNode node = network.node(config);
			node.join(TOPIC);
			nodes.add(node);
		}
		for (SimNode node : nodes) {
			for (int link = 0; link < DEGREE / 2; link++) {
				SimNode other = nodes.get(network.random().nextInt(size));
				if (other != node) {
					network.connect(node, other);
				}
			}
		}
		return nodes;
	}

	/** Nodes that graft everybody and pass nothing on. */
	private static List<SimNode> sybils(SimNetwork network, List<SimNode> victims, int count, int degree) {
		List<SimNode> sybils = new ArrayList<>();
		for (int index = 0; index < count; index++) {
			SimNode sybil = network.node(plain());
			sybil.validatorsSay(Validation.IGNORE);
			sybil.join(TOPIC);
			for (int link = 0; link < degree; link++) {
				network.connect(sybil, victims.get(network.random().nextInt(victims.size())));
			}
			sybils.add(sybil);
		}
		return sybils;
	}

	private static void publish(SimNetwork network, List<SimNode> nodes, int count, Duration pause) {
		for (int index = 0; index < count; index++) {
			SimNode author = nodes.get(network.random().nextInt(nodes.size()));
			assertThat(author.publish(TOPIC, ByteBuffer.allocate(2048))).isNotNull();
			network.run(pause);
		}
		network.run(Duration.ofSeconds(2));
	}

	private static void assertDelivered(List<SimNode> nodes, int messages) {
		for (SimNode node : nodes) {
			assertThat(node.delivered().stream().map(RoutedMessage::id).distinct().count()).isEqualTo(messages);
			assertThat(node.delivered().size()).as("each once").isEqualTo(messages);
		}
	}

	private static long percentile(List<Long> values, int percent) {
		List<Long> sorted = values.stream().sorted().toList();
		return sorted.get(Math.min(sorted.size() - 1, sorted.size() * percent / 100));
	}

}

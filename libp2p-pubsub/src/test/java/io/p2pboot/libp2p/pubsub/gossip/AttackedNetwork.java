package io.p2pboot.libp2p.pubsub.gossip;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import com.google.protobuf.ByteString;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.figures.FiguresChart.Point;
import io.p2pboot.libp2p.pubsub.MeshParams;
import io.p2pboot.libp2p.pubsub.PubSubConfig;
import io.p2pboot.libp2p.pubsub.ScoreParams;
import io.p2pboot.libp2p.pubsub.ScoreThresholds;
import io.p2pboot.libp2p.pubsub.TopicScoreParams;
import io.p2pboot.libp2p.wire.pb.PubSubProto;

/**
 * The run V2 of the simulations: honest nodes publish, after a while many more sybils
 * connect to all of them, graft, offer what is not there and pass nothing on. Not
 * thread-safe.
 */
final class AttackedNetwork {

	static final String TOPIC = "t";

	/** When the sybils come, in seconds. */
	static final int ATTACK = 60;

	private static final int DEGREE = 20;

	private static final int PUBLISHERS = 100;

	/** Five messages a second. */
	private static final Duration PAUSE = Duration.ofMillis(200);

	/** What comes later counts as late. */
	private static final Duration IN_TIME = Duration.ofSeconds(1);

	private static final ProtocolPath SYBIL_PROTOCOL = PubSubConfig.GOSSIPSUB_1_1;

	private static final byte[] GRAFT = PubSubProto.Rpc.newBuilder()
		.addSubscriptions(
				PubSubProto.Rpc.SubOpts.newBuilder().setSubscribe(true).setTopicid(RouterHarness.bytes(TOPIC)))
		.setControl(PubSubProto.ControlMessage.newBuilder()
			.addGraft(PubSubProto.ControlGraft.newBuilder().setTopicID(RouterHarness.bytes(TOPIC))))
		.build()
		.toByteArray();

	private final SimNetwork network = new SimNetwork(2);

	private final List<SimNode> nodes = new ArrayList<>();

	private final Set<PeerId> sybils = new HashSet<>();

	private final int seconds;

	private final long begun;

	/** Of the messages of each second. */
	private final long[] published;

	private final long[] inTime;

	private final long[] delivered;

	private final List<Long> calm = new ArrayList<>();

	private final List<Long> attacked = new ArrayList<>();

	AttackedNetwork(int size, int seconds, PubSubConfig config) {
		this.seconds = seconds;
		this.published = new long[seconds];
		this.inTime = new long[seconds];
		this.delivered = new long[seconds];
		for (int index = 0; index < size; index++) {
			SimNode node = this.network.node(config);
			node.join(TOPIC);
			this.nodes.add(node);
		}
		for (SimNode node : this.nodes) {
			for (int link = 0; link < DEGREE / 2; link++) {
				SimNode other = this.nodes.get(this.network.random().nextInt(size));
				if (other != node) {
					this.network.connect(node, other);
				}
			}
		}
		this.network.run(Duration.ofSeconds(5));
		this.begun = this.network.now();
		this.network.deliveries(this::delivered);
	}

	/** Gossipsub 1.1 and later, with the scores of the published simulations. */
	static PubSubConfig scored() {
		TopicScoreParams topic = new TopicScoreParams(0.25,
				new TopicScoreParams.TimeInMesh(0.0027, Duration.ofSeconds(1), 3600),
				new TopicScoreParams.FirstDeliveries(0.664, 0.9916, 1500), new TopicScoreParams.MeshDeliveries(-0.25,
						0.997, 400, 10, Duration.ofMillis(5), Duration.ofMinutes(1), -0.25, 0.997),
				-99, 0.9994);
		return PubSubConfig.builder()
			.mesh(MeshParams.DEFAULT.withSizes(8, 6, 12, 6, 3).withFloodPublish(true))
			.score(ScoreParams.DEFAULT.withTopics(Map.of(TOPIC, topic))
				.withBehaviour(-10, 6, 0.99)
				.withThresholds(new ScoreThresholds(-4000, -5000, -10_000, 0, 0)))
			.build();
	}

	/** Gossipsub 1.0: no scores, no back-off, no flooding. */
	static PubSubConfig plain() {
		return PubSubConfig.builder()
			.protocols(List.of(PubSubConfig.GOSSIPSUB_1_0))
			.mesh(MeshParams.DEFAULT.withSizes(8, 6, 12, 0, 0).withFloodPublish(false))
			.build();
	}

	private void delivered(long since, long at) {
		int second = (int) ((since - this.begun) / 1_000_000_000L);
		if (second < 0 || second >= this.seconds) {
			return;
		}
		this.delivered[second]++;
		if (at - since <= IN_TIME.toNanos()) {
			this.inTime[second]++;
		}
		((second < ATTACK) ? this.calm : this.attacked).add(at - since);
	}

	/** Lets the whole run pass. */
	void run(int attackers, int degree) {
		attack(attackers, degree);
		for (int second = 0; second < this.seconds; second++) {
			for (int count = 0; count < Duration.ofSeconds(1).dividedBy(PAUSE); count++) {
				SimNode author = this.nodes.get(this.network.random().nextInt(Math.min(PUBLISHERS, this.nodes.size())));
				author.publish(TOPIC, ByteBuffer.allocate(64));
				this.published[second]++;
				this.network.run(PAUSE);
			}
			this.nodes.forEach((node) -> {
				node.delivered().clear();
				node.validated().clear();
			});
		}
		this.network.run(Duration.ofSeconds(5));
	}

	private void attack(int attackers, int degree) {
		for (int index = 0; index < attackers; index++) {
			PeerId sybil = SimNetwork.peerId(1_000_000 + index);
			this.sybils.add(sybil);
			Set<SimNode> victims = new HashSet<>();
			while (victims.size() < Math.min(degree, this.nodes.size())) {
				victims.add(this.nodes.get(this.network.random().nextInt(this.nodes.size())));
			}
			List<SimNode> inOrder = victims.stream()
				.sorted(Comparator.comparing((node) -> node.id().toString()))
				.toList();
			Duration start = Duration.ofSeconds(ATTACK).plusMillis(this.network.random().nextInt(1000));
			this.network.in(start, () -> {
				inOrder.forEach((victim) -> this.network.connect(sybil, victim, SYBIL_PROTOCOL));
				graft(sybil, inOrder);
				offer(sybil, inOrder);
			});
		}
	}

	/** It comes again after each back-off. */
	private void graft(PeerId sybil, List<SimNode> victims) {
		victims.forEach((victim) -> this.network.send(sybil, victim, GRAFT));
		this.network.in(Duration.ofSeconds(60 + this.network.random().nextInt(15)), () -> graft(sybil, victims));
	}

	/** Offers a message that there is none of. */
	private void offer(PeerId sybil, List<SimNode> victims) {
		byte[] frame = PubSubProto.Rpc.newBuilder()
			.setControl(PubSubProto.ControlMessage.newBuilder()
				.addIhave(PubSubProto.ControlIHave.newBuilder()
					.setTopicID(RouterHarness.bytes(TOPIC))
					.addMessageIDs(ByteString
						.copyFrom(ByteBuffer.allocate(8).putLong(this.network.random().nextLong()).flip()))))
			.build()
			.toByteArray();
		victims.forEach((victim) -> this.network.send(sybil, victim, frame));
		this.network.in(Duration.ofSeconds(10), () -> offer(sybil, victims));
	}

	private double expected(int first, int last) {
		long sum = 0;
		for (int second = first; second < last; second++) {
			sum += this.published[second];
		}
		return (double) sum * (this.nodes.size() - 1);
	}

	private static long sum(long[] counts, int first, int last) {
		long sum = 0;
		for (int second = first; second < last; second++) {
			sum += counts[second];
		}
		return sum;
	}

	/** Which share of what was published between two seconds was ever delivered. */
	double share(int first, int last) {
		return sum(this.delivered, first, last) / expected(first, last);
	}

	/** Which share was delivered within a second. */
	double shareInTime(int first, int last) {
		return sum(this.inTime, first, last) / expected(first, last);
	}

	/** How long 99 of 100 deliveries took before or since the attack, in milliseconds. */
	double late(boolean underAttack) {
		List<Long> sorted = (underAttack ? this.attacked : this.calm).stream().sorted().toList();
		return sorted.get((int) (sorted.size() * 0.99)) / 1e6;
	}

	/** Which share of the meshes is sybils. */
	double sybilShare() {
		List<PeerId> all = this.nodes.stream().flatMap((node) -> node.mesh(TOPIC).stream()).toList();
		return (double) all.stream().filter(this.sybils::contains).count() / Math.max(1, all.size());
	}

	double copies() {
		return (double) this.network.copies() / sum(this.delivered, 0, this.seconds);
	}

	/** The share in time of each second. */
	List<Point> line() {
		List<Point> points = new ArrayList<>();
		for (int second = 0; second < this.seconds; second++) {
			points.add(new Point(second, shareInTime(second, second + 1)));
		}
		return points;
	}

}

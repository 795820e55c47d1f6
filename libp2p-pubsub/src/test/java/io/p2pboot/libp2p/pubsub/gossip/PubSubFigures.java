package io.p2pboot.libp2p.pubsub.gossip;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import com.google.protobuf.ByteString;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.figures.FiguresChart;
import io.p2pboot.libp2p.pubsub.MeshParams;
import io.p2pboot.libp2p.pubsub.PubSubConfig;
import io.p2pboot.libp2p.pubsub.ScoreParams;
import io.p2pboot.libp2p.pubsub.ScoreThresholds;
import io.p2pboot.libp2p.pubsub.TopicScoreParams;
import io.p2pboot.libp2p.wire.pb.PubSubProto;

/**
 * Measures the engine of publish and subscribe at full size and a simulated network under
 * attack, prints what came out beside its bar and writes a chart; {@code stress/pubsub}
 * runs it. The same in every run but for what is measured in real time.
 */
final class PubSubFigures {

	private static final int PEERS = 1000;

	private static final int TOPICS = 100;

	private boolean held = true;

	private PubSubFigures() {
	}

	public static void main(String[] arguments) throws IOException {
		PubSubFigures figures = new PubSubFigures();
		figures.heartbeats();
		figures.manyTopics();
		figures.allocation();
		figures.attack(Path.of(arguments[0]), Integer.parseInt(arguments[1]), Integer.parseInt(arguments[2]),
				Integer.parseInt(arguments[3]), Integer.parseInt(arguments[4]));
		if (!figures.held) {
			System.exit(1);
		}
	}

	private void bar(String what, double value, String unit, double bar, boolean atMost) {
		boolean holds = atMost ? value <= bar : value >= bar;
		this.held &= holds;
		System.out.println(String.format(Locale.ROOT, "%-4s %-62s %10.2f %-8s (%s %.2f)", holds ? "ok" : "NOT", what,
				value, unit, atMost ? "at most" : "at least", bar));
	}

	private static void tell(String what, double value, String unit) {
		System.out.println(String.format(Locale.ROOT, "     %-62s %10.2f %s", what, value, unit));
	}

	// F6: a large node.

	private static PubSubConfig largeConfig() {
		TopicScoreParams topic = new TopicScoreParams(0.25,
				new TopicScoreParams.TimeInMesh(0.0027, Duration.ofSeconds(1), 3600),
				new TopicScoreParams.FirstDeliveries(0.664, 0.9916, 1500), new TopicScoreParams.MeshDeliveries(-0.25,
						0.997, 400, 10, Duration.ofMillis(5), Duration.ofHours(1), -0.25, 0.997),
				-99, 0.9994);
		Map<String, TopicScoreParams> topics = new HashMap<>();
		for (int number = 0; number < TOPICS; number++) {
			topics.put("topic-" + number, topic);
		}
		return PubSubConfig.builder()
			.score(ScoreParams.DEFAULT.withTopics(topics)
				.withThresholds(new ScoreThresholds(-4000, -5000, -10_000, 0, 0)))
			.build();
	}

	private void heartbeats() {
		RouterHarness router = new RouterHarness(largeConfig());
		for (int number = 0; number < TOPICS; number++) {
			router.node().join("topic-" + number);
		}
		PubSubProto.Rpc.Builder all = PubSubProto.Rpc.newBuilder();
		for (int number = 0; number < TOPICS; number++) {
			all.addSubscriptions(PubSubProto.Rpc.SubOpts.newBuilder()
				.setSubscribe(true)
				.setTopicid(RouterHarness.bytes("topic-" + number)));
		}
		long before = usedBytes();
		List<PeerId> peers = new ArrayList<>();
		for (int number = 0; number < PEERS; number++) {
			PeerId peer = router.peer(number);
			router.send(peer, all);
			router.frames(peer);
			peers.add(peer);
		}
		tell("a peer that is subscribed to 100 topics", (usedBytes() - before) / 1024.0 / PEERS, "KiB");
		List<Double> millis = new ArrayList<>();
		for (int beat = -100; beat < 200; beat++) {
			for (int number = 0; number < TOPICS; number++) {
				PeerId from = peers.get((beat + 100 + 7 * number) % PEERS);
				router.message(from,
						router.signed(SimNetwork.peerId(77), "text")
							.setTopic(RouterHarness.bytes("topic-" + number))
							.build());
			}
			router.pass(Duration.ofSeconds(1));
			long start = System.nanoTime();
			router.node().on(new RouterEvent.Heartbeat());
			if (beat >= 0) {
				millis.add((System.nanoTime() - start) / 1e6);
			}
			peers.forEach(router::frames);
			router.node().delivered().clear();
			router.node().validated().clear();
		}
		millis.sort(Double::compare);
		tell("a heartbeat of 1,000 peers with 100 topics, in the middle", millis.get(100), "ms");
		bar("99 of 100 of them", millis.get(197), "ms", 10, true);
		bar("such a peer, with scores of all its topics", (usedBytes() - before) / 1024.0 / PEERS, "KiB", 64, true);
	}

	// F9: many own topics.

	private void manyTopics() {
		RouterHarness router = RouterHarness.standard();
		PeerId there = router.peer(0);
		long start = System.nanoTime();
		for (int number = 0; number < 10_000; number++) {
			router.node().join("topic-" + number);
		}
		router.frames(there);
		List<PubSubProto.Rpc> hello = router.frames(router.peer(1));
		bar("10,000 topics joined, and told to a new peer", (System.nanoTime() - start) / 1e9, "s", 2, true);
		bar("the longest frame of it",
				hello.stream().mapToInt(PubSubProto.Rpc::getSerializedSize).max().orElseThrow() / 1024.0, "KiB", 16,
				true);
	}

	// F7: what a message costs.

	private void allocation() {
		RouterHarness router = new RouterHarness(
				PubSubConfig.builder().mesh(MeshParams.DEFAULT.withSizes(8, 8, 12, 0, 0)).build())
			.join();
		PeerId from = router.peer(100);
		List<PeerId> peers = router.subscribers(0, 8);
		peers.forEach(router::frames);
		int rounds = 20_000;
		List<byte[]> frames = new ArrayList<>();
		for (int count = 0; count < 2 * rounds; count++) {
			frames.add(PubSubProto.Rpc.newBuilder()
				.addPublish(router.signed(SimNetwork.peerId(77), "").setData(ByteString.copyFrom(new byte[1024])))
				.build()
				.toByteArray());
		}
		com.sun.management.ThreadMXBean threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
		long before = 0;
		for (int count = 0; count < 2 * rounds; count++) {
			if (count == rounds) {
				before = threads.getCurrentThreadAllocatedBytes();
			}
			router.raw(from, frames.get(count));
			for (PeerId peer : peers) {
				router.router().poll(peer, router.context().now());
			}
			if (count % 1000 == 0) {
				router.context().cache().shift();
				router.node().delivered().clear();
				router.node().validated().clear();
			}
		}
		double bytes = threads.getCurrentThreadAllocatedBytes() - before;
		bar("allocated by the engine for 1 KiB that goes to 8 peers", bytes / rounds / 1024, "KiB", 3, true);
	}

	private static long usedBytes() {
		for (int count = 0; count < 3; count++) {
			System.gc();
		}
		return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
	}

	// V2: sybils.

	private void attack(Path chart, int nodes, int sybils, int degree, int seconds) throws IOException {
		FiguresChart figures = new FiguresChart(String.format(Locale.ROOT,
				"Delivered within a second: %,d nodes, %,d sybils after a minute", nodes, sybils), "s");
		AttackedNetwork scored = attack("1.1 with scores", figures, AttackedNetwork.scored(), nodes, sybils, degree,
				seconds);
		AttackedNetwork plain = attack("1.0", figures, AttackedNetwork.plain(), nodes, sybils, degree, seconds);
		int end = seconds - 30;
		bar("1.1: delivered in the last half minute", 100 * scored.share(end, seconds), "%", 99.9, false);
		bar("1.1: 99 of 100 under attack, to before", scored.late(true) / scored.late(false), "times", 2, true);
		bar("1.1: sybils in meshes at the end", 100 * scored.sybilShare(), "%", 10, true);
		bar("1.0 to 1.1, delivered within a second at the end",
				plain.shareInTime(end, seconds) / scored.shareInTime(end, seconds), "", 0.9, true);
		Files.writeString(chart, figures.svg());
		System.out.println("chart: " + chart);
	}

	private AttackedNetwork attack(String name, FiguresChart figures, PubSubConfig config, int nodes, int sybils,
			int degree, int seconds) {
		long start = System.nanoTime();
		AttackedNetwork network = new AttackedNetwork(nodes, seconds, config);
		network.run(sybils, degree);
		int attack = AttackedNetwork.ATTACK;
		tell(name + ": delivered before the attack", 100 * network.share(0, attack), "%");
		tell(name + ": delivered since", 100 * network.share(attack, seconds), "%");
		tell(name + ": delivered since within a second", 100 * network.shareInTime(attack, seconds), "%");
		tell(name + ": 99 of 100 before", network.late(false), "ms");
		tell(name + ": 99 of 100 since", network.late(true), "ms");
		tell(name + ": copies for a delivery", network.copies(), "");
		tell(name + ": sybils in meshes at the end", 100 * network.sybilShare(), "%");
		tell(name + ": took", (System.nanoTime() - start) / 1e9, "s");
		figures.line(name, network.line());
		return network;
	}

}

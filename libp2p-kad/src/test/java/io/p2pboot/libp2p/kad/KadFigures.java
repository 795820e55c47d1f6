package io.p2pboot.libp2p.kad;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.IntStream;

import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.figures.FiguresChart;

/**
 * Measures the simulated network and the stores at full size, prints what came out beside
 * its bar, and writes a chart of the lookups; {@code stress/kad} runs it. The same in
 * every run but for what is measured in real time.
 */
final class KadFigures {

	private static final int LOOKUPS = 200;

	private static final int K = 20;

	private boolean held = true;

	private final FiguresChart chart = new FiguresChart(
			"Lookups that are over, by virtual time (round trips: 100 ms in the middle)", "ms");

	private KadFigures() {
	}

	public static void main(String[] arguments) throws IOException {
		int nodes = (arguments.length > 1) ? Integer.parseInt(arguments[1]) : 10_000;
		KadFigures figures = new KadFigures();
		figures.lookups("1,000 nodes", 1000, 0);
		figures.lookups("1,000 nodes, 30 % dead", 1000, 0.3);
		figures.large(nodes);
		figures.churn(1, 0.99);
		figures.churn(2, 0.97);
		figures.churn(4, 0.8);
		figures.churn(22, 0.25);
		figures.table();
		figures.providers();
		Path chart = Path.of(arguments[0]);
		Files.writeString(chart, figures.chart.svg());
		System.out.println("chart: " + chart);
		if (!figures.held) {
			System.exit(1);
		}
	}

	private void bar(String what, double value, String unit, double bar, boolean atMost) {
		boolean holds = atMost ? value <= bar : value >= bar;
		this.held &= holds;
		System.out.println(String.format(Locale.ROOT, "%-4s %-52s %10.2f %-8s (%s %.2f)", holds ? "ok" : "NOT", what,
				value, unit, atMost ? "at most" : "at least", bar));
	}

	private static ByteBuffer key(int number) {
		return ByteBuffer.allocate(8).putLong(0, number * 7919L).asReadOnlyBuffer();
	}

	private static double percentile(List<Double> values, int percent) {
		return values.stream().sorted().toList().get((values.size() - 1) * percent / 100);
	}

	// Lookups.

	private void lookups(String name, int size, double dead) {
		KadSimulation network = new KadSimulation(1, size, Kademlia.builder("/sim/kad/1.0.0").config());
		network.fillTables();
		network.kill(dead);
		lookups(name, network, dead > 0);
	}

	private void lookups(String name, KadSimulation network, boolean dead) {
		List<Double> requests = new ArrayList<>();
		List<Double> followUps = new ArrayList<>();
		List<Double> hops = new ArrayList<>();
		List<Double> millis = new ArrayList<>();
		int found = 0;
		int nearest = 0;
		for (int number = 0; millis.size() < LOOKUPS; number++) {
			KadSimulation.SimNode asking = network.nodes().get(number);
			if (asking.dead) {
				continue;
			}
			long start = network.nowNanos();
			LookupResult result = network.run(asking.engine.lookup(key(number), LookupConfig.DEFAULT));
			millis.add((network.nowNanos() - start) / 1e6);
			requests.add((double) result.requests() - result.followUps());
			followUps.add((double) result.followUps());
			hops.add((double) result.hops());
			List<KadKey> expected = new ArrayList<>(network.nearest(KadKey.of(key(number)), K + 1));
			expected.remove(asking.peer.key());
			Set<KadKey> keys = new HashSet<>(result.closest().stream().map(KadPeer::key).toList());
			found += (int) expected.subList(0, K).stream().filter(keys::contains).count();
			nearest += keys.contains(expected.get(0)) ? 1 : 0;
		}
		this.chart.add(name, millis);
		bar(name + ": of the nearest 20", found / (double) (K * LOOKUPS), "found", dead ? 0.97 : 0.99, false);
		bar(name + ": the nearest", nearest / (double) LOOKUPS, "found", dead ? 1 : 0.99, false);
		if (dead) {
			bar(name + ": median", percentile(millis, 50), "ms", 1000, true);
			bar(name + ": 95 of 100", percentile(millis, 95), "ms", 2000, true);
			return;
		}
		bar(name + ": median", percentile(requests, 50), "requests", 30, true);
		bar(name + ": 95 of 100", percentile(requests, 95), "requests", 45, true);
		bar(name + ": 95 of 100, then", percentile(followUps, 95), "requests", 12, true);
		bar(name + ": mean", hops.stream().mapToDouble(Double::doubleValue).average().orElseThrow(), "hops",
				(network.nodes().size() > 1000) ? 3 : 2, true);
	}

	// A large network.

	private void large(int size) {
		long start = System.nanoTime();
		KadSimulation network = new KadSimulation(2, size, Kademlia.builder("/sim/kad/1.0.0").config());
		network.fillTables();
		String name = String.format(Locale.ROOT, "%,d nodes", size);
		lookups(name, network, false);
		bar(name + ": made and asked in", (System.nanoTime() - start) / 1e9, "s", 60, true);
		bar(name + ": heap", usedBytes() / 1048576.0, "MiB", 1024, true);
		sweep(network, 10 * size);
	}

	private void sweep(KadSimulation network, int keys) {
		KadSimulation.SimNode provider = network.nodes().get(3);
		List<ByteBuffer> all = IntStream.range(0, keys).mapToObj(KadFigures::key).toList();
		all.forEach(provider.engine.reprovider()::add);
		long before = provider.engine.counters().stats(provider.engine).lookups();
		provider.engine.running(true);
		ProvideSchedule schedule = provider.engine.reprovider().schedule();
		Duration waited = Duration.ZERO;
		while (schedule.lagNanos(network.nowNanos()) > 0 || waited.isZero()) {
			network.run(Duration.ofMinutes(10));
			waited = waited.plusMinutes(10);
		}
		String name = String.format(Locale.ROOT, "%,d keys announced", keys);
		long lookups = provider.engine.counters().stats(provider.engine).lookups() - before;
		bar(name, lookups, "lookups", 3500, true);
		int least = K;
		for (int number = 0; number < keys; number += Math.max(1, keys / 500)) {
			least = Math.min(least, holders(network, provider, all.get(number)));
		}
		bar(name + ": of 500, the least known", least, "of 20", 15, false);
	}

	private static int holders(KadSimulation network, KadSimulation.SimNode provider, ByteBuffer key) {
		KadKey target = KadKey.of(key);
		Set<KadKey> nearest = new HashSet<>(network.nearest(target, K));
		return (int) network.nodes()
			.stream()
			.filter((node) -> node == provider ? nearest.contains(node.peer.key()) : nearest.contains(node.peer.key())
					&& node.engine.providers().providers(target, network.nowNanos()).contains(provider.peer.id()))
			.count();
	}

	// A network that changes.

	private void churn(int announcedHours, double bar) {
		List<Double> found = ChurnSimulation.foundEachHour(7, Duration.ofHours(announcedHours), 24);
		bar("half of 500 replaced each hour, announced every " + announcedHours + " h",
				found.stream().mapToDouble(Double::doubleValue).average().orElseThrow(), "found", bar, false);
	}

	// Tables and stores.

	private static RoutingTable tableOf(int peers) {
		RoutingTable table = new RoutingTable(Peers.key(0), K, 2, 3);
		for (int number = 1; table.size() < peers; number++) {
			table.offer(Peers.id(number), Peers.key(number), Set.of(), 0, false);
		}
		return table;
	}

	private void table() {
		int tables = 30;
		List<RoutingTable> kept = new ArrayList<>();
		double bytes = grown(() -> {
			for (int count = 0; count < tables; count++) {
				kept.add(tableOf(250));
			}
			return kept;
		});
		bar("a table of 250 peers", bytes / tables / 1024, "KiB", 64, true);
		RoutingTable table = kept.get(0);
		Random random = new Random(1);
		int rounds = 200_000;
		long sum = 0;
		long start = 0;
		for (int round = -rounds; round < rounds; round++) {
			if (round == 0) {
				start = System.nanoTime();
			}
			KadKey target = new KadKey(random.nextLong(), random.nextLong(), random.nextLong(), random.nextLong());
			sum += table.nearest(target, K).size();
		}
		if (sum != 2L * rounds * K) {
			throw new AssertionError("Not always 20: " + sum);
		}
		bar("the nearest 20 of it", (System.nanoTime() - start) / 1000.0 / rounds, "µs", 10, true);
	}

	private void providers() {
		int records = 1_000_000;
		List<PeerId> peers = IntStream.range(0, 1000).mapToObj(Peers::id).toList();
		Random random = new Random(1);
		ProviderStore store = new ProviderStore(Duration.ofHours(48).toNanos(), records, 1000, records);
		long[] nanos = new long[1];
		double bytes = grown(() -> {
			long start = System.nanoTime();
			for (int number = 0; number < records; number++) {
				KadKey key = new KadKey(random.nextLong(), random.nextLong(), random.nextLong(), random.nextLong());
				store.add(key, peers.get(number % peers.size()), number);
			}
			nanos[0] = System.nanoTime() - start;
			return store;
		});
		bar("1,000,000 provider records, each of another key", bytes / 1048576, "MiB", 200, true);
		bar("adding them", records / (nanos[0] / 1e9), "a second", 20_000, false);
	}

	/** How many bytes of the heap something takes. */
	private static double grown(Supplier<Object> makes) {
		long before = usedBytes();
		Object kept = makes.get();
		long after = usedBytes();
		if (kept.hashCode() == 0) {
			System.out.println();
		}
		return after - before;
	}

	private static long usedBytes() {
		for (int count = 0; count < 3; count++) {
			System.gc();
		}
		return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
	}

}

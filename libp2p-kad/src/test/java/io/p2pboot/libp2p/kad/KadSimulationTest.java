package io.p2pboot.libp2p.kad;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

import io.netty.util.concurrent.Promise;
import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

@Timeout(300)
class KadSimulationTest {

	private static final int LOOKUPS = 100;

	private static KadConfig config(int paths) {
		return Kademlia.builder("/sim/kad/1.0.0").disjointPaths(paths).validator("n", new NumberedValidator()).config();
	}

	private static ByteBuffer key(int number) {
		return ByteBuffer.allocate(8).putLong(0, number * 7919L).asReadOnlyBuffer();
	}

	/** What a hundred lookups found, needed and took. */
	private static final class Measured {

		private final List<Integer> requests = new ArrayList<>();

		private final List<Integer> followUps = new ArrayList<>();

		private final List<Integer> hops = new ArrayList<>();

		private final List<Long> millis = new ArrayList<>();

		private int found;

		private int sought;

		private int nearestFound;

		double share() {
			return this.found / (double) this.sought;
		}

		static <T extends Comparable<T>> T percentile(List<T> values, int percent) {
			return values.stream().sorted().toList().get((values.size() - 1) * percent / 100);
		}

	}

	private static Measured measure(KadSimulation network) {
		Measured measured = new Measured();
		for (int number = 0; number < LOOKUPS; number++) {
			KadSimulation.SimNode asking = network.nodes().get(number);
			if (asking.dead) {
				continue;
			}
			long start = network.nowNanos();
			LookupResult result = network.run(asking.engine.lookup(key(number), LookupConfig.DEFAULT));
			measured.millis.add((network.nowNanos() - start) / 1_000_000);
			measured.requests.add(result.requests() - result.followUps());
			measured.followUps.add(result.followUps());
			measured.hops.add(result.hops());
			List<KadKey> expected = new ArrayList<>(network.nearest(KadKey.of(key(number)), 21));
			expected.remove(asking.peer.key());
			List<KadKey> nearest = expected.subList(0, 20);
			Set<KadKey> found = new HashSet<>(result.closest().stream().map(KadPeer::key).toList());
			measured.sought += 20;
			measured.found += (int) nearest.stream().filter(found::contains).count();
			measured.nearestFound += found.contains(nearest.get(0)) ? 1 : 0;
		}
		return measured;
	}

	@Test
	void amongAThousandTheNearestTwentyAreFoundWithFewRequests() {
		KadSimulation network = new KadSimulation(1, 1000, config(1));
		network.fillTables();
		Measured measured = measure(network);
		assertThat(measured.share()).isGreaterThanOrEqualTo(0.99);
		assertThat(Measured.percentile(measured.requests, 50)).isLessThanOrEqualTo(30);
		assertThat(Measured.percentile(measured.requests, 95)).isLessThanOrEqualTo(45);
		assertThat(Measured.percentile(measured.followUps, 95)).isLessThanOrEqualTo(12);
		assertThat(measured.hops.stream().mapToInt(Integer::intValue).average().orElseThrow()).isLessThanOrEqualTo(2.0);
		assertThat(measured.hops).allSatisfy((hops) -> assertThat(hops).isLessThanOrEqualTo(3));
	}

	@Test
	void thirtyPercentDeadNodesCostNobodyFiveSeconds() {
		KadSimulation network = new KadSimulation(2, 1000, config(1));
		network.fillTables();
		network.kill(0.3);
		Measured measured = measure(network);
		assertThat(measured.nearestFound).isEqualTo(measured.millis.size());
		assertThat(measured.share()).isGreaterThanOrEqualTo(0.97);
		assertThat(Measured.percentile(measured.millis, 50)).isLessThanOrEqualTo(1000);
		assertThat(Measured.percentile(measured.millis, 95)).isLessThanOrEqualTo(2000);
	}

	@Test
	void networkThatKnowsOneNodeFillsItsTables() {
		AddrInfo first = new AddrInfo(Peers.peer(1).id(), Peers.peer(1).addresses());
		KadConfig config = Kademlia.builder("/sim/kad/1.0.0").bootstrap(List.of(first)).config();
		KadSimulation network = new KadSimulation(3, 1, config);
		network.nodes().get(0).engine.running(true);
		for (int number = 1; number < 60; number++) {
			KadSimulation.SimNode joining = network.add();
			joining.engine.running(true);
			network.run(Duration.ofSeconds(5));
			network.nodes().get(0).engine.serves(joining.peer.id());
		}
		network.run(Duration.ofMinutes(25));
		assertThat(network.nodes())
			.allSatisfy((node) -> assertThat(node.engine.table().size()).isGreaterThanOrEqualTo(20));
		Measured measured = new Measured();
		for (int number = 0; number < 20; number++) {
			LookupResult result = network
				.run(network.nodes().get(number).engine.lookup(key(number), LookupConfig.DEFAULT));
			List<KadKey> expected = new ArrayList<>(network.nearest(KadKey.of(key(number)), 21));
			expected.remove(network.nodes().get(number).peer.key());
			Set<KadKey> found = new HashSet<>(result.closest().stream().map(KadPeer::key).toList());
			measured.sought += 20;
			measured.found += (int) expected.subList(0, 20).stream().filter(found::contains).count();
		}
		assertThat(measured.share()).isGreaterThanOrEqualTo(0.95);
	}

	@Test
	void providerIsFoundByAllAlsoWhenHalfOfTheNetworkIsGone() {
		KadSimulation network = new KadSimulation(4, 300, config(1));
		network.fillTables();
		KadSimulation.SimNode provider = network.nodes().get(7);
		Promise<Integer> stored = provider.engine.promise();
		new Provide(provider.engine, key(1), stored).start();
		assertThat(network.run(stored)).isEqualTo(20);
		network.kill(0.5, provider);
		int searches = 0;
		int found = 0;
		for (KadSimulation.SimNode node : network.nodes()) {
			if (!node.dead && node != provider && searches < 50) {
				searches++;
				found += findProviders(network, node, key(1), 1).contains(provider.peer.id()) ? 1 : 0;
			}
		}
		assertThat(found).isEqualTo(searches);
	}

	private static List<PeerId> findProviders(KadSimulation network, KadSimulation.SimNode node, ByteBuffer key,
			int limit) {
		List<PeerId> found = new ArrayList<>();
		Promise<Void> ended = node.engine.promise();
		new FindProviders(node.engine, key, limit, new SearchSink<>() {

			@Override
			public boolean result(AddrInfo result) {
				found.add(result.id());
				return true;
			}

			@Override
			public void ended() {
				ended.trySuccess(null);
			}

			@Override
			public void failed(Throwable cause) {
				ended.tryFailure(cause);
			}

		}, new java.util.Random(1)).search();
		network.run(ended);
		return found;
	}

	@Test
	void bestValueIsFoundAndThoseThatHoldAWorseOneAreCorrected() {
		KadSimulation network = new KadSimulation(5, 200, config(1));
		network.fillTables();
		ByteBuffer key = Peers.bytes("/n/key");
		KadSimulation.SimNode publisher = network.nodes().get(3);
		Promise<Integer> stored = publisher.engine.promise();
		new PutValue(publisher.engine, KadRecord.of(key, NumberedValidator.value(1)), stored).start();
		assertThat(network.run(stored)).isEqualTo(20);
		List<KadKey> holders = network.nearest(KadKey.of(key), 20);
		KadSimulation.SimNode informed = network.nodes()
			.stream()
			.filter((node) -> node.peer.key().equals(holders.get(4)))
			.findFirst()
			.orElseThrow();
		store(informed, key, 2);
		KadSimulation.SimNode reader = network.nodes().get(90);
		List<ByteBuffer> values = search(network, reader, key);
		assertThat(values.get(values.size() - 1)).isEqualTo(NumberedValidator.value(2));
		network.run(Duration.ofSeconds(10));
		List<KadSimulation.SimNode> nearest = network.nodes()
			.stream()
			.filter((node) -> holders.contains(node.peer.key()) && node != reader)
			.toList();
		assertThat(nearest).allSatisfy((
				node) -> assertThat(node.engine.records().get(KadKey.of(key), network.nowNanos()).map(KadRecord::value))
					.contains(NumberedValidator.value(2)));
	}

	private static void store(KadSimulation.SimNode node, ByteBuffer key, long number) {
		try {
			node.engine.requests().store(KadRecord.of(key, NumberedValidator.value(number)), node.nanoTime());
		}
		catch (RequestRefused ex) {
			throw new AssertionError(ex);
		}
	}

	private static List<ByteBuffer> search(KadSimulation network, KadSimulation.SimNode node, ByteBuffer key) {
		List<ByteBuffer> values = new ArrayList<>();
		Promise<Void> ended = node.engine.promise();
		new SearchValue(node.engine, key, 0, new SearchSink<>() {

			@Override
			public boolean result(ByteBuffer result) {
				values.add(result);
				return true;
			}

			@Override
			public void ended() {
				ended.trySuccess(null);
			}

			@Override
			public void failed(Throwable cause) {
				ended.tryFailure(cause);
			}

		}).search();
		network.run(ended);
		return values;
	}

	@Test
	void nodesThatInventPeersDoNotKeepALookupFromItsEnd() {
		KadSimulation network = new KadSimulation(6, 300, config(4));
		network.fillTables();
		int[] invented = { 1_000_000 };
		for (int number = 0; number < 300; number += 10) {
			network.nodes().get(number).lie = (answer) -> new KadMessage(answer.type(), answer.key(), answer.record(),
					IntStream.range(0, 1000).mapToObj((index) -> Peers.peer(invented[0]++)).toList(), List.of());
		}
		long start = network.nowNanos();
		LookupResult result = network
			.run(network.nodes().get(1).engine.lookup(key(1), network.nodes().get(1).engine.config().lookup()));
		assertThat(network.nowNanos() - start).isLessThanOrEqualTo(Duration.ofSeconds(60).toNanos());
		assertThat(result.requests()).isLessThanOrEqualTo(KadLimits.MAX_LOOKUP_REQUESTS);
		assertThat(result.closest()).isNotEmpty();
	}

	@Test
	void peerIsNamedByThoseThatKnowItAndALiarAloneDoesNotEndTheSearch() {
		KadSimulation network = new KadSimulation(7, 200, config(1));
		network.fillTables();
		KadSimulation.SimNode target = network.nodes().get(150);
		Multiaddr lie = Multiaddr.parse("/ip4/127.0.0.9/tcp/9");
		KadSimulation.SimNode asking = network.nodes().get(2);
		PeerId liar = asking.engine.table().nearest(target.peer.key(), 1).get(0).id();
		network.nodes()
			.stream()
			.filter((node) -> node.peer.id().equals(liar) && node != target)
			.forEach((node) -> node.lie = (answer) -> new KadMessage(answer.type(), answer.key(), null,
					List.of(target.peer.with(List.of(lie))), List.of()));
		Promise<List<Multiaddr>> found = asking.engine.promise();
		new FindPeer(asking.engine, target.peer.id(), found).start();
		@Nullable List<Multiaddr> addresses = network.run(found);
		assertThat(addresses).contains(target.peer.addresses().get(0));
		assertThat(addresses.get(0)).isEqualTo(target.peer.addresses().get(0));
	}

}

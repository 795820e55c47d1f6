package io.p2pboot.libp2p.kad;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

import io.netty.util.concurrent.Promise;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/** How records of providers come to the servers that should have them. */
@Timeout(300)
class ProvideSimulationTest {

	private static KadConfig config(boolean optimistic) {
		return Kademlia.builder("/sim/kad/1.0.0").optimisticProvide(optimistic).config();
	}

	private static ByteBuffer key(int number) {
		return ByteBuffer.allocate(8).putLong(0, number * 7919L).asReadOnlyBuffer();
	}

	private static int provide(KadSimulation network, KadSimulation.SimNode node, ByteBuffer key) {
		Promise<Integer> stored = node.engine.promise();
		new Provide(node.engine, key, stored).start();
		return network.run(stored);
	}

	/** How many of the nearest 20 hold the record. */
	private static int holders(KadSimulation network, KadSimulation.SimNode provider, ByteBuffer key) {
		Set<KadKey> nearest = new HashSet<>(network.nearest(KadKey.of(key), 20));
		return (int) network.nodes()
			.stream()
			.filter((node) -> node != provider && nearest.contains(node.peer.key())
					&& node.engine.providers()
						.providers(KadKey.of(key), network.nowNanos())
						.contains(provider.peer.id()))
			.count();
	}

	@Test
	void optimisticProvideReachesTheNearestAndReturnsSooner() {
		KadSimulation network = new KadSimulation(11, 1000, config(true));
		network.fillTables();
		network.kill(0.1);
		KadSimulation.SimNode provider = network.nodes()
			.stream()
			.filter((node) -> !node.dead)
			.findFirst()
			.orElseThrow();
		List<Long> usual = new ArrayList<>();
		for (int number = 0; number < 10; number++) {
			long start = network.nowNanos();
			provide(network, provider, key(number));
			usual.add(network.nowNanos() - start);
			network.run(provider.engine.lookup(key(1000 + number), LookupConfig.DEFAULT));
		}
		assertThat(provider.engine.networkSize().orElseThrow()).isBetween(700.0, 1200.0);
		List<Long> optimistic = new ArrayList<>();
		List<Integer> holding = new ArrayList<>();
		for (int number = 100; number < 130; number++) {
			long start = network.nowNanos();
			assertThat(provide(network, provider, key(number))).isGreaterThanOrEqualTo(OptimisticProvide.enough(20));
			optimistic.add(network.nowNanos() - start);
			network.run(Duration.ofSeconds(20));
			holding.add(holders(network, provider, key(number)));
		}
		assertThat(mean(optimistic)).isLessThan(0.75 * mean(usual.subList(0, 4)));
		assertThat(holding.stream().mapToInt(Integer::intValue).average().orElseThrow()).isGreaterThanOrEqualTo(13);
		assertThat(holding).allSatisfy((count) -> assertThat(count).isGreaterThanOrEqualTo(6));
	}

	private static double mean(List<Long> values) {
		return values.stream().mapToLong(Long::longValue).average().orElseThrow();
	}

	@Test
	void manyKeysAreAnnouncedWithAsManyLookupsAsTheNetworkHasRegions() {
		KadSimulation network = new KadSimulation(12, 500, config(false));
		network.fillTables();
		KadSimulation.SimNode provider = network.nodes().get(3);
		List<ByteBuffer> keys = IntStream.range(0, 2000).mapToObj(ProvideSimulationTest::key).toList();
		keys.forEach(provider.engine.reprovider()::add);
		provider.engine.running(true);
		network.run(Duration.ofHours(2));
		assertThat(provider.engine.reprovider().schedule().lagNanos(network.nowNanos())).isZero();
		long lookups = provider.engine.counters().stats(provider.engine).lookups();
		assertThat(lookups).as("one for each key would be 2,000").isLessThanOrEqualTo(400);
		assertThat(keys).allSatisfy((key) -> assertThat(holders(network, provider, key)).isGreaterThanOrEqualTo(15));
		network.run(Duration.ofHours(47));
		assertThat(keys.subList(0, 200)).as("they are announced again and again")
			.allSatisfy((key) -> assertThat(holders(network, provider, key)).isGreaterThanOrEqualTo(15));
	}

	@Test
	void aFewKeysAreAnnouncedEachByItself() {
		KadSimulation network = new KadSimulation(13, 300, config(false));
		network.fillTables();
		KadSimulation.SimNode provider = network.nodes().get(3);
		provider.engine.running(true);
		network.run(Duration.ofMinutes(5));
		provider.engine.reprovider().run();
		assertThat(holders(network, provider, key(1))).isZero();
		IntStream.rangeClosed(1, 2).forEach((number) -> provider.engine.reprovider().add(key(number)));
		provider.engine.reprovider().run();
		network.run(Duration.ofMinutes(1));
		assertThat(holders(network, provider, key(1))).isEqualTo(20);
		assertThat(holders(network, provider, key(2))).isEqualTo(20);
	}

	@Test
	void keysWaitWhileNobodyCouldBeToldAndGoOutAfterwards() {
		KadSimulation network = new KadSimulation(14, 40, config(false));
		KadSimulation.SimNode provider = network.nodes().get(3);
		IntStream.range(0, 50).forEach((number) -> provider.engine.reprovider().add(key(number)));
		provider.engine.running(true);
		network.run(Duration.ofHours(1));
		assertThat(provider.engine.reprovider().schedule().lagNanos(network.nowNanos())).isPositive();
		network.fillTables();
		network.run(Duration.ofMinutes(10));
		assertThat(provider.engine.reprovider().schedule().lagNanos(network.nowNanos())).isZero();
		assertThat(holders(network, provider, key(0))).isGreaterThanOrEqualTo(19);
	}

}

package io.p2pboot.libp2p.kad;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

import io.netty.util.concurrent.Promise;
import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.PeerId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Sybils around a key: each names the others and keeps nothing. That they stand too
 * densely is seen, and a provide reaches others than them.
 */
@Timeout(300)
class SybilTest {

	private static final int HONEST = 1000;

	private static final int SYBILS = 40;

	private static final ByteBuffer KEY = Peers.bytes("what the Sybils hide");

	private static final KadKey TARGET = KadKey.of(KEY);

	private static ByteBuffer key(int number) {
		return ByteBuffer.allocate(8).putLong(0, number * 7919L).asReadOnlyBuffer();
	}

	/** A thousand nodes, and so many more next to the key. */
	private static KadSimulation network(long seed, int sybils, boolean optimistic) {
		KadConfig config = Kademlia.builder("/sim/kad/1.0.0").disjointPaths(4).optimisticProvide(optimistic).config();
		KadSimulation network = new KadSimulation(seed, HONEST, config);
		List<Integer> near = IntStream.range(10_000_000, 10_100_000)
			.boxed()
			.sorted(Comparator.comparing(Peers::key, TARGET.byDistance()))
			.limit(sybils)
			.toList();
		List<KadSimulation.SimNode> all = near.stream().map(network::add).toList();
		List<KadPeer> each = all.stream().map((node) -> node.peer).toList();
		Random random = new Random(seed);
		all.forEach((node) -> node.lie = (answer) -> new KadMessage(answer.type(), answer.key(), null,
				random.ints(20, 0, each.size()).distinct().mapToObj(each::get).toList(), List.of()));
		network.fillTables();
		return network;
	}

	private static void learnSize(KadSimulation network, KadSimulation.SimNode node) {
		for (int number = 0; number < 20; number++) {
			network.run(node.engine.lookup(key(number), node.engine.config().lookup()));
		}
		assertThat(node.engine.networkSize().orElseThrow()).isBetween(0.7 * HONEST, 1.4 * HONEST);
	}

	private static long denseLookups(KadSimulation.SimNode node) {
		return node.engine.counters().stats(node.engine).denseLookups();
	}

	private static long holders(KadSimulation network) {
		KadSimulation.SimNode provider = network.nodes().get(0);
		return network.nodes()
			.subList(1, HONEST)
			.stream()
			.filter((
					node) -> node.engine.providers().providers(TARGET, network.nowNanos()).contains(provider.peer.id()))
			.count();
	}

	private static int provide(KadSimulation network) {
		KadSimulation.SimNode provider = network.nodes().get(0);
		Promise<Integer> stored = provider.engine.promise();
		new Provide(provider.engine, KEY, stored).start();
		return network.run(stored);
	}

	@Test
	void lookupsOfAnHonestNetworkAreNeverCalledDense() {
		KadSimulation network = network(31, 0, false);
		KadSimulation.SimNode node = network.nodes().get(0);
		for (int number = 0; number < 300; number++) {
			network.run(node.engine.lookup(key(number), node.engine.config().lookup()));
		}
		assertThat(denseLookups(node)).isZero();
		assertThat(provide(network)).isEqualTo(20);
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void providerWhoseKeyIsSurroundedReachesHonestPeersAndIsFound(boolean optimistic) {
		KadSimulation network = network(32, SYBILS, optimistic);
		KadSimulation.SimNode provider = network.nodes().get(0);
		learnSize(network, provider);
		assertThat(provide(network)).isGreaterThan(20);
		assertThat(denseLookups(provider)).isPositive();
		assertThat(provider.engine.networkSize().orElseThrow()).as("what they show does not count")
			.isBetween(0.7 * HONEST, 1.4 * HONEST);
		assertThat(holders(network)).isGreaterThanOrEqualTo(10);
		int found = 0;
		for (int number = 1; number <= 100; number++) {
			learnSize(network, network.nodes().get(number));
			found += findsProvider(network, network.nodes().get(number)) ? 1 : 0;
		}
		assertThat(found).isGreaterThanOrEqualTo(95);
	}

	/** What a search has found, and how it ended. */
	private static final class Found implements SearchSink<AddrInfo> {

		private final List<PeerId> providers = new ArrayList<>();

		private final Promise<Void> ended;

		private Found(KadSimulation.SimNode node) {
			this.ended = node.engine.promise();
		}

		@Override
		public boolean result(AddrInfo result) {
			this.providers.add(result.id());
			return true;
		}

		@Override
		public void ended() {
			this.ended.setSuccess(null);
		}

		@Override
		public void failed(Throwable cause) {
			this.ended.setFailure(cause);
		}

	}

	private static boolean findsProvider(KadSimulation network, KadSimulation.SimNode node) {
		Found found = new Found(node);
		new FindProviders(node.engine, KEY, 1, found, new Random(1)).search();
		network.run(found.ended);
		return found.providers.contains(network.nodes().get(0).peer.id());
	}

	/**
	 * Searches until it is seen that the key is surrounded, and others are looked for.
	 */
	private static FindProviders searchOthers(KadSimulation network, KadSimulation.SimNode node, Found found) {
		learnSize(network, node);
		FindProviders search = new FindProviders(node.engine, KEY, 1, found, new Random(1));
		node.engine.search(found, search::search);
		while (denseLookups(node) == 0 && !found.ended.isDone()) {
			network.run(Duration.ofMillis(10));
		}
		assertThat(found.ended.isDone()).isFalse();
		return search;
	}

	@Test
	void searchThatIsClosedLooksForNobodyElse() {
		KadSimulation network = network(33, SYBILS, false);
		KadSimulation.SimNode node = network.nodes().get(1);
		Found found = new Found(node);
		searchOthers(network, node, found).cancel();
		network.run(Duration.ofMillis(1));
		long lookups = node.engine.counters().stats(node.engine).lookups();
		network.run(Duration.ofMinutes(10));
		assertThat(node.engine.counters().stats(node.engine).lookups()).isEqualTo(lookups);
		assertThat(found.ended.isDone()).isFalse();
	}

	@Test
	void searchThatLooksForOthersEndsWithTheInstance() {
		KadSimulation network = network(34, SYBILS, false);
		KadSimulation.SimNode node = network.nodes().get(1);
		Found found = new Found(node);
		searchOthers(network, node, found);
		node.engine.close();
		assertThat(found.ended.cause()).hasMessageContaining("closed");
		network.run(Duration.ofMinutes(10));
	}

}

package io.p2pboot.libp2p.kad;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class NetworkSizeTest {

	private static final int K = 20;

	private final NetworkSize size = new NetworkSize(K);

	private final Random random = new Random(1);

	private KadKey key() {
		return new KadKey(this.random.nextLong(), this.random.nextLong(), 0, 0);
	}

	private void measure(List<KadPeer> network, int times, int fill, long now) {
		for (int count = 0; count < times; count++) {
			KadKey target = key();
			List<KadPeer> nearest = network.stream()
				.sorted((one, other) -> target.compareDistance(one.key(), other.key()))
				.limit(K)
				.toList();
			this.size.add(target, nearest, fill, now);
		}
	}

	private List<KadPeer> network(int servers) {
		return IntStream.range(0, servers)
			.mapToObj((number) -> new KadPeer(Peers.id(number), key(), List.of(), KadPeer.Link.NOT_CONNECTED))
			.toList();
	}

	@ParameterizedTest
	@ValueSource(ints = { 1000, 10_000 })
	void sizeIsFoundWithinATenthFromLookupsAlone(int servers) {
		measure(network(servers), 40, K, 0);
		assertThat(this.size.estimate(0).orElseThrow()).isCloseTo(servers, within(servers / 5.0));
	}

	@Test
	void fewLookupsAndOldOnesSayNothing() {
		List<KadPeer> network = network(100);
		measure(network, NetworkSize.MIN_MEASUREMENTS - 1, K, 0);
		assertThat(this.size.estimate(0)).isEmpty();
		measure(network, 1, K, 0);
		assertThat(this.size.estimate(NetworkSize.MAX_AGE.toNanos())).isPresent();
		assertThat(this.size.estimate(NetworkSize.MAX_AGE.toNanos() + 1)).isEmpty();
		assertThat(this.size.size()).isZero();
	}

	@Test
	void lookupThatFoundTooFewSaysNothingAndSoManyAreRemembered() {
		List<KadPeer> network = network(19);
		measure(network, 10, K, 0);
		assertThat(this.size.size()).isZero();
		measure(network(20), NetworkSize.MAX_MEASUREMENTS + 1, K, Duration.ofHours(1).toNanos());
		assertThat(this.size.size()).isEqualTo(NetworkSize.MAX_MEASUREMENTS);
	}

	@Test
	void lookupsIntoABucketThatIsNotFullCountLess() {
		measure(network(10_000), 10, K, 0);
		measure(network(100), 10, K - 10, 0);
		assertThat(this.size.estimate(0).orElseThrow()).isBetween(5000.0, 12_000.0);
	}

	@Test
	void peersThatStandTooDenselyForChanceAreSeen() {
		List<KadPeer> network = network(1000);
		KadKey target = key();
		List<KadPeer> nearest = network.stream()
			.sorted((one, other) -> target.compareDistance(one.key(), other.key()))
			.limit(K)
			.toList();
		assertThat(this.size.chance(target, nearest, 1000)).isBetween(1e-3, 1.0);
		assertThat(this.size.chance(target, nearest, 500)).as("an estimate that is wrong by half")
			.isGreaterThan(KadEngine.LEAST_CHANCE);
		assertThat(this.size.chance(target, nearest, 100)).isLessThan(KadEngine.LEAST_CHANCE);
		assertThat(this.size.chance(target, nearest.subList(0, K - 1), 100)).as("too few to tell").isOne();
	}

	@Test
	void whenManyKeysInARowDoNotFitTheEstimateIsWrong() {
		List<KadPeer> network = network(1000);
		measure(network, 10, K, 0);
		KadKey surrounded = key();
		for (int count = 0; count < 100; count++) {
			assertThat(this.size.doubt(surrounded)).as("one key alone").isFalse();
		}
		for (int count = 2; count < NetworkSize.MIN_MEASUREMENTS; count++) {
			assertThat(this.size.doubt(key())).isFalse();
		}
		measure(network, 1, K, 0);
		for (int count = 1; count < NetworkSize.MIN_MEASUREMENTS; count++) {
			assertThat(this.size.doubt(key())).as("not in a row with those before").isFalse();
		}
		assertThat(this.size.estimate(0)).isPresent();
		assertThat(this.size.doubt(key())).isTrue();
		assertThat(this.size.estimate(0)).isEmpty();
		measure(network(10_000), 10, K, 0);
		assertThat(this.size.estimate(0).orElseThrow()).isBetween(7000.0, 14_000.0);
	}

	@Test
	void inverseOfTheGammaFunctionIsThatOfTheTables() {
		// Quantiles of chi-squared with 40 and 22 degrees of freedom, halved.
		assertThat(NetworkSize.inverseGamma(20, 0.1)).isCloseTo(29.0505 / 2, within(0.001));
		assertThat(NetworkSize.inverseGamma(11, 0.9)).isCloseTo(30.8133 / 2, within(0.001));
		assertThat(NetworkSize.inverseGamma(1, 0.5)).isCloseTo(Math.log(2), within(1e-6));
	}

}

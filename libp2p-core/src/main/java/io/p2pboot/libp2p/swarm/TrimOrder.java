package io.p2pboot.libp2p.swarm;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import io.p2pboot.libp2p.IpNetwork;

/**
 * Which connections go first: the idle before the busy, and of these those of peers that
 * are worth less. Among equals, whoever has opened most connections gives one up, and
 * again, so that a crowd behind one address shrinks before anybody else loses an only
 * one. Then those that are idle for longest.
 */
final class TrimOrder {

	private TrimOrder() {
	}

	/**
	 * What a connection is worth at one moment.
	 *
	 * @param connection the connection
	 * @param mayEnd whether it may be closed at all
	 * @param crowd whose connections it is counted with; empty for those that we opened
	 * @param busy whether a stream is open
	 * @param value the sum of its peer's tags
	 * @param idleNanos for how long no stream was open
	 * @param age for how long it has been open
	 */
	record Worth<T>(T connection, boolean mayEnd, Optional<IpNetwork> crowd, boolean busy, long value, long idleNanos,
			Duration age) {
	}

	/** How many better connections of the same crowd there are. */
	private record Ranked<T>(Worth<T> worth, int rank) {
	}

	/** Returns those that go first, at most so many. */
	static <T> List<T> leastFirst(List<Worth<T>> all, int most) {
		return ranked(all).stream()
			.filter((ranked) -> ranked.worth().mayEnd())
			.sorted(Comparator.comparing((Ranked<T> ranked) -> ranked.worth().busy())
				.thenComparing((ranked) -> ranked.worth().value())
				.thenComparing(Comparator.comparing((Ranked<T> ranked) -> ranked.rank()).reversed())
				.thenComparing(Ranked::worth, byRest()))
			.limit(most)
			.map((ranked) -> ranked.worth().connection())
			.toList();
	}

	private static <T> List<Ranked<T>> ranked(List<Worth<T>> all) {
		Map<IpNetwork, Integer> better = new HashMap<>();
		List<Ranked<T>> ranked = new ArrayList<>();
		all.stream()
			.sorted(Comparator.comparing((Worth<T> worth) -> worth.mayEnd())
				.thenComparing(Comparator.comparing((Worth<T> worth) -> worth.busy()).reversed())
				.thenComparing(Comparator.comparing((Worth<T> worth) -> worth.value()).reversed())
				.thenComparing(TrimOrder.<T>byRest().reversed()))
			.forEach((worth) -> ranked.add(new Ranked<>(worth,
					worth.crowd().map((crowd) -> better.merge(crowd, 1, Integer::sum) - 1).orElse(0))));
		return ranked;
	}

	private static <T> Comparator<Worth<T>> byRest() {
		return Comparator.comparing((Worth<T> worth) -> worth.idleNanos())
			.thenComparing((worth) -> worth.age())
			.reversed();
	}

}

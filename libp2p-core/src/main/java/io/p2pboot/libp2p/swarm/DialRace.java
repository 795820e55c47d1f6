package io.p2pboot.libp2p.swarm;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.swarm.DialRanking.Kind;
import io.p2pboot.libp2p.swarm.DialRanking.Ranked;

/**
 * Which addresses of a peer are dialled when. Each dial holds one of a few places; one
 * that has not ended after {@link #DEAF_AFTER} gives its place up and goes on beside the
 * others, and lends a second one: where one address swallows packets, others likely do,
 * and the good one must not wait behind them all. Where more are due than there are
 * places, the kind of which the fewest are under way is next. Holds no clock: each call
 * is given the time. One thread.
 */
final class DialRace {

	/** How many dials hold a place at once. */
	static final int MAX_PLACES = 8;

	/** How many dials are under way at once, those that gave their place up included. */
	static final int MAX_DIALS = 32;

	/** How long a dial holds its place. */
	static final Duration DEAF_AFTER = Duration.ofSeconds(1);

	private static final Comparator<Waiting> BY_TIME = Comparator.comparingLong(Waiting::sinceStartNanos)
		.thenComparingInt(Waiting::order);

	private record Waiting(Multiaddr address, Kind kind, long sinceStartNanos, int order) {
	}

	private record Flying(Kind kind, long sinceStartNanos) {
	}

	private final long startNanos;

	private final List<Waiting> waiting = new ArrayList<>();

	private final Map<Multiaddr, Flying> flying = new LinkedHashMap<>();

	private int added;

	/**
	 * Creates a race.
	 * @param now when it begins, as {@link System#nanoTime} counts
	 */
	DialRace(long now) {
		this.startNanos = now;
	}

	/**
	 * Adds addresses, none of which the race has had before.
	 * @param ranked the addresses, each with the time that it waits from now on
	 * @param now the time
	 */
	void add(List<Ranked> ranked, long now) {
		for (Ranked each : ranked) {
			this.waiting
				.add(new Waiting(each.address(), each.kind(), since(now) + each.delay().toNanos(), this.added++));
		}
	}

	/**
	 * Begins what is due and has a place; what is not due yet begins where nothing is
	 * waited for.
	 * @param now the time
	 * @return what is dialled now
	 */
	List<Multiaddr> begin(long now) {
		List<Multiaddr> begun = new ArrayList<>();
		while (hasPlace(now) && !this.waiting.isEmpty()) {
			Waiting earliest = this.waiting.stream().min(BY_TIME).orElseThrow();
			if (earliest.sinceStartNanos() > since(now) && holding(now) > 0) {
				break;
			}
			long due = Math.max(earliest.sinceStartNanos(), since(now));
			Waiting next = this.waiting.stream()
				.filter((each) -> each.sinceStartNanos() <= due)
				.min(Comparator.comparingLong((Waiting each) -> underWay(each.kind())).thenComparing(BY_TIME))
				.orElseThrow();
			this.waiting.remove(next);
			this.flying.put(next.address(), new Flying(next.kind(), since(now)));
			begun.add(next.address());
		}
		return begun;
	}

	/**
	 * Ends a dial, whether it brought a connection or not.
	 * @param address what was dialled
	 */
	void ended(Multiaddr address) {
		this.flying.remove(address);
	}

	/**
	 * Returns whether nothing waits, and nothing that is under way has a place: it is
	 * time to look for other addresses.
	 * @param now the time
	 * @return whether it is
	 */
	boolean isQuiet(long now) {
		return this.waiting.isEmpty() && holding(now) == 0;
	}

	/**
	 * Returns whether nothing waits and nothing is under way.
	 * @return whether it is over, unless addresses are added
	 */
	boolean isOver() {
		return this.waiting.isEmpty() && this.flying.isEmpty();
	}

	/**
	 * Returns whether a dial has gone on for so long that it holds no place.
	 * @param address what is dialled
	 * @param now the time
	 * @return whether it is
	 */
	boolean isDeaf(Multiaddr address, long now) {
		Flying dial = this.flying.get(address);
		return dial != null && isDeaf(dial, now);
	}

	/**
	 * Returns when {@link #begin} or {@link #isQuiet} says something else although
	 * nothing was added and nothing has ended.
	 * @param now the time
	 * @return in how many nanoseconds, more than none; empty for never
	 */
	OptionalLong nextChange(long now) {
		long since = since(now);
		OptionalLong deaf = this.flying.values()
			.stream()
			.mapToLong((dial) -> dial.sinceStartNanos() + DEAF_AFTER.toNanos() - since)
			.filter((left) -> left > 0)
			.min();
		if (!hasPlace(now)) {
			return deaf;
		}
		OptionalLong due = this.waiting.stream()
			.mapToLong((each) -> each.sinceStartNanos() - since)
			.filter((left) -> left > 0)
			.min();
		return (due.isPresent() && (deaf.isEmpty() || due.getAsLong() < deaf.getAsLong())) ? due : deaf;
	}

	private boolean hasPlace(long now) {
		int deaf = this.flying.size() - holding(now);
		return holding(now) < MAX_PLACES + deaf && this.flying.size() < MAX_DIALS;
	}

	private int holding(long now) {
		return (int) this.flying.values().stream().filter((dial) -> !isDeaf(dial, now)).count();
	}

	private boolean isDeaf(Flying dial, long now) {
		return since(now) - dial.sinceStartNanos() >= DEAF_AFTER.toNanos();
	}

	private long underWay(Kind kind) {
		return this.flying.values().stream().filter((dial) -> dial.kind() == kind).count();
	}

	private long since(long now) {
		return now - this.startNanos;
	}

}

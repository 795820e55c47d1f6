package io.p2pboot.libp2p.kad;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;

/**
 * Estimates how many servers a network has, by how near to their targets the nearest
 * peers of lookups are: of N points that are spread evenly the i-th nearest is i / (N +
 * 1) of the key space away, on average. Plain state; not thread-safe.
 */
final class NetworkSize {

	/** From how many lookups on there is an estimate. */
	static final int MIN_MEASUREMENTS = 5;

	/** How many lookups are remembered. */
	static final int MAX_MEASUREMENTS = 150;

	/** How long a lookup is remembered. */
	static final Duration MAX_AGE = Duration.ofHours(2);

	private final int k;

	private final Deque<Measurement> measurements = new ArrayDeque<>();

	/** The targets of lookups in a row that do not fit. */
	private final Set<KadKey> doubts = new HashSet<>();

	private static final class Measurement {

		private final long atNanos;

		private final double weight;

		private final double[] shares;

		private Measurement(long atNanos, double weight, double[] shares) {
			this.atNanos = atNanos;
			this.weight = weight;
			this.shares = shares;
		}

	}

	/**
	 * Creates an estimate without measurements.
	 * @param k how many peers a lookup finds
	 */
	NetworkSize(int k) {
		this.k = k;
	}

	/**
	 * Takes a lookup in; one that found fewer peers than it looked for says nothing.
	 * @param target the key
	 * @param closest the nearest peers, the nearest first
	 * @param fill how many peers the bucket of the key holds: a table that is not full
	 * there makes for worse lookups, of half the weight for each peer that is missing
	 * @param nowNanos the time
	 */
	void add(KadKey target, List<KadPeer> closest, int fill, long nowNanos) {
		if (closest.size() < this.k) {
			return;
		}
		this.doubts.clear();
		double[] shares = new double[this.k];
		for (int index = 0; index < this.k; index++) {
			shares[index] = target.share(closest.get(index).key());
		}
		this.measurements.addLast(new Measurement(nowNanos, Math.scalb(1.0, Math.min(0, fill - this.k)), shares));
		if (this.measurements.size() > MAX_MEASUREMENTS) {
			this.measurements.removeFirst();
		}
	}

	/**
	 * Takes note of a lookup that does not fit the estimate. When so many of different
	 * keys do not that follow each other, it is the estimate that is wrong, as when a
	 * network has grown: it begins anew.
	 * @return whether it does
	 */
	boolean doubt(KadKey target) {
		this.doubts.add(target);
		boolean wrong = this.doubts.size() >= MIN_MEASUREMENTS;
		if (wrong) {
			this.measurements.clear();
			this.doubts.clear();
		}
		return wrong;
	}

	/** How many servers there are; empty while too little is known. */
	OptionalDouble estimate(long nowNanos) {
		while (!this.measurements.isEmpty() && nowNanos - this.measurements.getFirst().atNanos > MAX_AGE.toNanos()) {
			this.measurements.removeFirst();
		}
		if (this.measurements.size() < MIN_MEASUREMENTS) {
			return OptionalDouble.empty();
		}
		double weights = this.measurements.stream().mapToDouble((each) -> each.weight).sum();
		double products = 0;
		double squares = 0;
		for (int index = 0; index < this.k; index++) {
			int rank = index;
			double mean = this.measurements.stream().mapToDouble((each) -> each.weight * each.shares[rank]).sum()
					/ weights;
			products += (index + 1) * mean;
			squares += (index + 1.0) * (index + 1);
		}
		return OptionalDouble.of(squares / products - 1);
	}

	/**
	 * How probable it is that by chance so many peers stand so near to a key: the least
	 * for the nearest half and for all of them.
	 * @param target the key
	 * @param closest the nearest peers, the nearest first; as many as a lookup finds
	 * @param size how many servers there are
	 */
	double chance(KadKey target, List<KadPeer> closest, double size) {
		if (closest.size() < this.k) {
			return 1;
		}
		int half = (this.k + 1) / 2;
		return Math.min(gamma(half, size * target.share(closest.get(half - 1).key())),
				gamma(this.k, size * target.share(closest.get(this.k - 1).key())));
	}

	/**
	 * The value below which a sum of so many waiting times lies with a probability: the
	 * inverse of the regularised lower gamma function. A peer at a smaller share of the
	 * key space than this by the size of the network is of the nearest with the opposite
	 * probability.
	 * @param shape how many; positive
	 * @param probability between 0 and 1
	 */
	static double inverseGamma(int shape, double probability) {
		double low = 0;
		double high = 10.0 * shape + 50;
		while (high - low > 1e-9 * high) {
			double middle = (low + high) / 2;
			if (gamma(shape, middle) < probability) {
				low = middle;
			}
			else {
				high = middle;
			}
		}
		return high;
	}

	private static double gamma(int shape, double x) {
		double term = Math.exp(-x);
		double sum = term;
		for (int index = 1; index < shape; index++) {
			term *= x / index;
			sum += term;
		}
		return 1 - sum;
	}

	int size() {
		return this.measurements.size();
	}

}

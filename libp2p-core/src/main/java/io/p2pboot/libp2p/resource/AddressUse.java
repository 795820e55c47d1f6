package io.p2pboot.libp2p.resource;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

import io.p2pboot.libp2p.IpNetwork;
import io.p2pboot.libp2p.LimitExceeded;
import io.p2pboot.libp2p.resource.AddressLimits.Rule;
import org.jspecify.annotations.Nullable;

/**
 * How many connections each address has, and how fast it opens them. Guarded by the
 * manager's lock.
 */
final class AddressUse {

	/**
	 * Of how many networks the rate is remembered; the one longest quiet is forgotten.
	 */
	static final int MAX_REMEMBERED = 10_000;

	private final LongSupplier nanos;

	private final Map<IpNetwork, Integer> connections = new HashMap<>();

	private final Map<IpNetwork, Bucket> rates = new LinkedHashMap<>(16, 0.75f, true) {

		private static final long serialVersionUID = 1L;

		@Override
		protected boolean removeEldestEntry(Map.Entry<IpNetwork, Bucket> eldest) {
			return size() > MAX_REMEMBERED;
		}

	};

	/** How many more may begin, at a time. */
	private record Bucket(double left, long nanos) {

		Bucket at(long now, Rule rule) {
			double more = (double) (now - this.nanos) / rule.interval().toNanos();
			return new Bucket(Math.min(rule.burst(), this.left + more), now);
		}

	}

	AddressUse(LongSupplier nanos) {
		this.nanos = nanos;
	}

	/** Counts an attempt to connect; says which limit it exceeds, if one. */
	Optional<LimitExceeded> begin(Source source) {
		Optional<LimitExceeded> fast = Optional.empty();
		for (Map.Entry<IpNetwork, Rule> entry : source.rules().entrySet()) {
			Rule rule = entry.getValue();
			int now = this.connections.getOrDefault(entry.getKey(), 0);
			if (now >= rule.connections()) {
				return Optional.of(new LimitExceeded("address:" + entry.getKey(),
						ResourceManager.CONNECTIONS_PER_ADDRESS, now + 1L, rule.connections()));
			}
			if (!take(entry.getKey(), rule)) {
				fast = Optional.of(new LimitExceeded("address:" + entry.getKey(), ResourceManager.RATE_PER_ADDRESS,
						rule.burst() + 1L, rule.burst()));
			}
		}
		return fast;
	}

	private boolean take(IpNetwork network, Rule rule) {
		if (rule.interval().isZero()) {
			return true;
		}
		Bucket bucket = bucket(network, rule);
		boolean taken = bucket.left() >= 1;
		this.rates.put(network, taken ? new Bucket(bucket.left() - 1, bucket.nanos()) : bucket);
		return taken;
	}

	private Bucket bucket(IpNetwork network, Rule rule) {
		long now = this.nanos.getAsLong();
		@Nullable Bucket known = this.rates.get(network);
		return (known != null) ? known.at(now, rule) : new Bucket(rule.burst(), now);
	}

	/** Whether an address has used half of what it may. */
	boolean isBusy(Source source) {
		return source.rules()
			.entrySet()
			.stream()
			.anyMatch((entry) -> 2L * this.connections.getOrDefault(entry.getKey(), 0) >= entry.getValue().connections()
					|| !entry.getValue().interval().isZero()
							&& 2 * bucket(entry.getKey(), entry.getValue()).left() <= entry.getValue().burst());
	}

	/** Whether an address has more than half of the connections that it may have. */
	boolean isCrowded(Source source) {
		return source.rules()
			.entrySet()
			.stream()
			.anyMatch(
					(entry) -> 2L * this.connections.getOrDefault(entry.getKey(), 0) > entry.getValue().connections());
	}

	void opened(Source source) {
		source.rules().keySet().forEach((network) -> this.connections.merge(network, 1, Integer::sum));
	}

	void closed(Source source) {
		source.rules()
			.keySet()
			.forEach((network) -> this.connections.computeIfPresent(network,
					(same, count) -> (count > 1) ? count - 1 : null));
	}

	int networks() {
		return this.connections.size();
	}

}

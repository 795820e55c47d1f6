package io.p2pboot.libp2p.spring.metrics;

import java.time.Duration;
import java.util.Set;
import java.util.stream.Stream;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.distribution.DistributionStatisticConfig;

/**
 * Gives the timers of handlers, calls and topics buckets, from a millisecond to a minute.
 * What the application configures for them counts first. Stateless.
 */
public final class HandlerHistograms implements MeterFilter {

	/** The timers. */
	static final Set<String> NAMES = Set.of("libp2p.stream.handler", "libp2p.datagram.handler", "libp2p.template",
			"libp2p.topic.process", "libp2p.topic.publish");

	private static final double[] BUCKETS = Stream
		.of(1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000)
		.mapToDouble((millis) -> Duration.ofMillis(millis).toNanos())
		.toArray();

	/**
	 * Creates a filter.
	 */
	public HandlerHistograms() {
	}

	@Override
	public DistributionStatisticConfig configure(Meter.Id id, DistributionStatisticConfig config) {
		return NAMES.contains(id.getName())
				? config.merge(DistributionStatisticConfig.builder().serviceLevelObjectives(BUCKETS).build()) : config;
	}

}

package io.p2pboot.libp2p.spring.metrics;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.ToDoubleFunction;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import org.jspecify.annotations.Nullable;

/**
 * Makes meters of one registry, which hands out those that exist, and takes them out of
 * it at the end. Any thread.
 */
abstract class TrackedMeters {

	private final MeterRegistry registry;

	private final boolean histograms;

	private final Set<Meter> registered = ConcurrentHashMap.newKeySet();

	private final Set<GaugeKey> gauges = ConcurrentHashMap.newKeySet();

	TrackedMeters(MeterRegistry registry, boolean histograms) {
		this.registry = registry;
		this.histograms = histograms;
	}

	final MeterRegistry registry() {
		return this.registry;
	}

	final void close() {
		this.registered.forEach(this.registry::remove);
		this.registered.clear();
	}

	final Counter counter(String name, String description, Tags tags) {
		return counter(name, description, tags, null);
	}

	final Counter counter(String name, String description, Tags tags, @Nullable String unit) {
		return track(Counter.builder(name).description(description).baseUnit(unit).tags(tags).register(this.registry));
	}

	final <T> void counter(String name, String description, Tags tags, T source, ToDoubleFunction<T> count) {
		track(FunctionCounter.builder(name, source, count).description(description).tags(tags).register(this.registry));
	}

	final void gauge(String name, String description, Tags tags, AtomicInteger value) {
		gauge(name, description, tags, value, AtomicInteger::doubleValue);
	}

	/** Micrometer warns of a gauge that is registered twice. */
	final <T> void gauge(String name, String description, Tags tags, T source, ToDoubleFunction<T> value) {
		if (this.gauges.add(new GaugeKey(name, tags))) {
			track(Gauge.builder(name, source, value)
				.description(description)
				.tags(tags)
				.strongReference(true)
				.register(this.registry));
		}
	}

	final Timer timer(String name, String description, Tags tags, Duration[] buckets) {
		Timer.Builder timer = Timer.builder(name).description(description).tags(tags);
		if (this.histograms) {
			timer.serviceLevelObjectives(buckets);
		}
		return track(timer.register(this.registry));
	}

	final DistributionSummary summary(String name, String description, Tags tags, double[] buckets) {
		DistributionSummary.Builder summary = DistributionSummary.builder(name).description(description).tags(tags);
		if (this.histograms) {
			summary.serviceLevelObjectives(buckets);
		}
		return track(summary.register(this.registry));
	}

	private <M extends Meter> M track(M meter) {
		this.registered.add(meter);
		return meter;
	}

	static Duration[] exponential(Duration first, double factor, int count) {
		Duration[] buckets = new Duration[count];
		double nanos = first.toNanos();
		for (int index = 0; index < count; index++) {
			buckets[index] = Duration.ofNanos(Math.round(nanos));
			nanos *= factor;
		}
		return buckets;
	}

	/** A gauge that exists. */
	private record GaugeKey(String name, Tags tags) {
	}

}

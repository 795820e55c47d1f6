package io.p2pboot.libp2p.spring.metrics;

import java.time.Duration;
import java.util.Arrays;

import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.distribution.CountAtBucket;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class HandlerHistogramsTest {

	private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

	HandlerHistogramsTest() {
		this.registry.config().meterFilter(new HandlerHistograms());
	}

	@Test
	void handlersAndCallsAreCountedInBuckets() {
		for (String name : HandlerHistograms.NAMES) {
			Timer timer = Timer.builder(name).register(this.registry);
			timer.record(Duration.ofMillis(1));
			timer.record(Duration.ofMillis(40));
			timer.record(Duration.ofMinutes(2));
			CountAtBucket[] buckets = timer.takeSnapshot().histogramCounts();
			assertThat(buckets).hasSize(15);
			assertThat(Arrays.stream(buckets).map(CountAtBucket::count).map(Double::intValue)).containsExactly(1, 1, 1,
					1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2);
		}
	}

	@Test
	void othersAreLeftAlone() {
		assertThat(Timer.builder("http.server.requests").register(this.registry).takeSnapshot().histogramCounts())
			.isEmpty();
	}

	@Test
	void whatTheApplicationSaysCounts() {
		Timer timer = Timer.builder("libp2p.template")
			.serviceLevelObjectives(Duration.ofSeconds(3))
			.register(this.registry);
		assertThat(timer.takeSnapshot().histogramCounts()).hasSize(1);
	}

}

package io.p2pboot.libp2p.autoconfigure;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.p2pboot.libp2p.spring.metrics.HandlerHistograms;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import static org.assertj.core.api.Assertions.assertThat;

@Timeout(60)
class HandlerHistogramsConfigurationTest {

	private final ApplicationContextRunner runner = MemoryApp.runner()
		.withConfiguration(AutoConfigurations.of(Libp2pMetricsAutoConfiguration.class))
		.withBean(SimpleMeterRegistry.class);

	@Test
	void timersHaveBucketsUnlessHistogramsAreOff() {
		this.runner.run((context) -> assertThat(context).hasSingleBean(HandlerHistograms.class));
		this.runner.withPropertyValues("libp2p.metrics.histograms=false")
			.run((context) -> assertThat(context).doesNotHaveBean(HandlerHistograms.class));
	}

}

package io.p2pboot.libp2p.autoconfigure;

import io.micrometer.core.instrument.MeterRegistry;
import io.p2pboot.libp2p.pubsub.PubSub;
import io.p2pboot.libp2p.spring.metrics.PubSubMetrics;
import io.p2pboot.libp2p.spring.topic.Libp2pTopicListenerRegistry;
import io.p2pboot.libp2p.spring.topic.TopicLabels;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/**
 * Auto-configuration of the meters of publish and subscribe.
 */
@AutoConfiguration(after = Libp2pPubSubAutoConfiguration.class,
		afterName = { "org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration",
				"org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration" })
@ConditionalOnClass({ MeterRegistry.class, PubSub.class })
@ConditionalOnBean({ Libp2pTopicListenerRegistry.class, TopicLabels.class, MeterRegistry.class })
public final class Libp2pPubSubMetricsAutoConfiguration {

	@Bean(destroyMethod = "close")
	@ConditionalOnMissingBean
	PubSubMetrics libp2pPubSubMetrics(TopicLabels labels, Libp2pTopicListenerRegistry listeners,
			Libp2pProperties properties) {
		return new PubSubMetrics(labels, listeners, properties.metrics().histograms());
	}

}

package io.p2pboot.libp2p.autoconfigure;

import io.p2pboot.libp2p.pubsub.PubSub;
import io.p2pboot.libp2p.autoconfigure.actuate.PubSubHealthIndicator;
import io.p2pboot.libp2p.autoconfigure.actuate.PubSubSection;
import io.p2pboot.libp2p.spring.topic.Libp2pTopicListenerRegistry;
import io.p2pboot.libp2p.spring.topic.MountedPubSub;

import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Auto-configuration of what the Actuator shows of publish and subscribe.
 */
@AutoConfiguration(after = Libp2pPubSubAutoConfiguration.class, before = Libp2pEndpointAutoConfiguration.class)
@ConditionalOnClass(PubSub.class)
@ConditionalOnBean({ MountedPubSub.class, Libp2pTopicListenerRegistry.class })
public final class Libp2pPubSubActuatorAutoConfiguration {

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass({ HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class })
	static class HealthConfiguration {

		@Bean
		@ConditionalOnMissingBean(name = "libp2pPubsubHealthIndicator")
		@ConditionalOnEnabledHealthIndicator("libp2p-pubsub")
		PubSubHealthIndicator libp2pPubsubHealthIndicator(MountedPubSub pubSub, Libp2pPubSubProperties properties) {
			int minPeers = properties.health().minPeers();
			if (minPeers < 0) {
				throw PropertyRanges.invalid("pubsub.health.min-peers", minPeers, "It has to be 0 or more.");
			}
			return new PubSubHealthIndicator(pubSub, minPeers);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass({ Endpoint.class, ConditionalOnAvailableEndpoint.class })
	static class EndpointConfiguration {

		@Bean
		@ConditionalOnMissingBean
		PubSubSection libp2pPubSubSection(MountedPubSub pubSub, Libp2pTopicListenerRegistry listeners) {
			return new PubSubSection(pubSub, listeners);
		}

	}

}

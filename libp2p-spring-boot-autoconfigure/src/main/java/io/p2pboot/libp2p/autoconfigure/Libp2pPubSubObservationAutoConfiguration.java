package io.p2pboot.libp2p.autoconfigure;

import io.micrometer.observation.ObservationRegistry;
import io.p2pboot.libp2p.pubsub.PubSub;
import io.p2pboot.libp2p.spring.observation.ObservedTopics;
import io.p2pboot.libp2p.spring.observation.TopicProcessObservationConvention;
import io.p2pboot.libp2p.spring.observation.TopicPublishObservationConvention;
import io.p2pboot.libp2p.spring.topic.TopicLabels;
import io.p2pboot.libp2p.spring.topic.TopicObserver;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/**
 * Auto-configuration of observations of topic listeners and of what is published.
 */
@AutoConfiguration(after = Libp2pPubSubAutoConfiguration.class,
		afterName = { "org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration" })
@ConditionalOnClass({ ObservationRegistry.class, PubSub.class })
@ConditionalOnBean({ TopicLabels.class, ObservationRegistry.class })
public final class Libp2pPubSubObservationAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean(TopicObserver.class)
	ObservedTopics libp2pObservedTopics(ObservationRegistry registry, TopicLabels labels,
			Libp2pPubSubProperties properties, ObjectProvider<TopicProcessObservationConvention> processes,
			ObjectProvider<TopicPublishObservationConvention> publishes) {
		Libp2pPubSubProperties.Observations observations = properties.observations();
		return new ObservedTopics(registry, labels, observations.process(), observations.publish(),
				processes.getIfAvailable(), publishes.getIfAvailable());
	}

}

package io.p2pboot.libp2p.autoconfigure;

import io.micrometer.observation.ObservationRegistry;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.spring.observation.ObservedStreams;
import io.p2pboot.libp2p.spring.observation.StreamObservationConvention;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/**
 * Auto-configuration of observations of the handlers.
 */
@AutoConfiguration(after = Libp2pAutoConfiguration.class,
		afterName = { "org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration" })
@ConditionalOnClass(ObservationRegistry.class)
@ConditionalOnBean({ Node.class, ObservationRegistry.class })
public final class Libp2pObservationAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean
	@ConditionalOnBooleanProperty(name = "libp2p.observations.streams", matchIfMissing = true)
	ObservedStreams libp2pObservedStreams(ObservationRegistry registry,
			ObjectProvider<StreamObservationConvention> convention) {
		return new ObservedStreams(registry, convention.getIfAvailable());
	}

}

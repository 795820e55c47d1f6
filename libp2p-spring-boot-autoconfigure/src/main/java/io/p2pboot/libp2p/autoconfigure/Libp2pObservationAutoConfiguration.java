package io.p2pboot.libp2p.autoconfigure;

import io.micrometer.observation.ObservationRegistry;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.spring.CallObserver;
import io.p2pboot.libp2p.spring.observation.CallObservationConvention;
import io.p2pboot.libp2p.spring.observation.DatagramObservationConvention;
import io.p2pboot.libp2p.spring.observation.ObservedCalls;
import io.p2pboot.libp2p.spring.observation.StreamObservationConvention;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/**
 * Auto-configuration of observations of handlers and calls.
 */
@AutoConfiguration(after = Libp2pAutoConfiguration.class,
		afterName = { "org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration" })
@ConditionalOnClass(ObservationRegistry.class)
@ConditionalOnBean({ Node.class, Libp2pProperties.class, ObservationRegistry.class })
public final class Libp2pObservationAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean(CallObserver.class)
	ObservedCalls libp2pObservedCalls(ObservationRegistry registry, Libp2pProperties properties,
			ObjectProvider<StreamObservationConvention> streams,
			ObjectProvider<DatagramObservationConvention> datagrams, ObjectProvider<CallObservationConvention> calls) {
		Libp2pProperties.Observations observations = properties.observations();
		return new ObservedCalls(registry,
				new ObservedCalls.Parts(observations.streams(), observations.datagrams(), observations.calls()),
				streams.getIfAvailable(), datagrams.getIfAvailable(), calls.getIfAvailable());
	}

}

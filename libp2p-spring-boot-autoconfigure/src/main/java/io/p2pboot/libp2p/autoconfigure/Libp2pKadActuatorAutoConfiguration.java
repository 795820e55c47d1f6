package io.p2pboot.libp2p.autoconfigure;

import java.util.LinkedHashMap;
import java.util.Map;

import io.micrometer.core.instrument.MeterRegistry;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.kad.Kademlia;
import io.p2pboot.libp2p.autoconfigure.actuate.KadHealthIndicator;
import io.p2pboot.libp2p.autoconfigure.actuate.KadSection;
import io.p2pboot.libp2p.spring.metrics.KadMetrics;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.SearchStrategy;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Auto-configuration of what meters, health and the endpoint tell of Kademlia.
 */
@AutoConfiguration(after = Libp2pKadAutoConfiguration.class, before = Libp2pEndpointAutoConfiguration.class,
		afterName = { "org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration",
				"org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration" })
@ConditionalOnClass(Kademlia.class)
@ConditionalOnBean(value = Libp2pKadProperties.class, search = SearchStrategy.CURRENT)
public final class Libp2pKadActuatorAutoConfiguration {

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass({ HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class })
	static class HealthConfiguration {

		@Bean
		@ConditionalOnBean(value = Kademlia.class, search = SearchStrategy.CURRENT)
		@ConditionalOnMissingBean(name = "libp2pKadHealthIndicator")
		@ConditionalOnEnabledHealthIndicator("libp2p-kad")
		KadHealthIndicator libp2pKadHealthIndicator(Node node, ObjectProvider<Kademlia> all, KadInstances instances) {
			Map<Kademlia, Integer> minTableSizes = new LinkedHashMap<>();
			Libp2pKadAutoConfiguration.all(all).forEach((kad) -> minTableSizes.put(kad, instances.minTableSize(kad)));
			return new KadHealthIndicator(node, minTableSizes);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass({ Endpoint.class, ConditionalOnAvailableEndpoint.class })
	static class EndpointConfiguration {

		@Bean
		@ConditionalOnBean(value = Kademlia.class, search = SearchStrategy.CURRENT)
		@ConditionalOnMissingBean
		KadSection libp2pKadSection(ObjectProvider<Kademlia> instances) {
			return new KadSection(() -> Libp2pKadAutoConfiguration.all(instances));
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(MeterRegistry.class)
	static class MetricsConfiguration {

		@Bean(destroyMethod = "close")
		@ConditionalOnBean({ Kademlia.class, MeterRegistry.class })
		@ConditionalOnMissingBean
		KadMetrics libp2pKadMetrics(ObjectProvider<Kademlia> instances, Libp2pProperties properties) {
			return new KadMetrics(() -> Libp2pKadAutoConfiguration.all(instances), properties.metrics().histograms());
		}

	}

}

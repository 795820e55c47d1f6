package io.p2pboot.libp2p.autoconfigure;

import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.autoconfigure.actuate.Libp2pHealthIndicator;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;

/**
 * Auto-configuration of the node's health.
 */
@AutoConfiguration(after = Libp2pAutoConfiguration.class)
@ConditionalOnClass({ HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class })
@ConditionalOnBean({ Node.class, Libp2pProperties.class })
@ConditionalOnEnabledHealthIndicator("libp2p")
public final class Libp2pHealthContributorAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean(name = "libp2pHealthIndicator")
	Libp2pHealthIndicator libp2pHealthIndicator(Node node, Libp2pProperties properties,
			ObjectProvider<Libp2pNodeLifecycle> lifecycle) {
		return new Libp2pHealthIndicator(node, () -> {
			Libp2pNodeLifecycle started = lifecycle.getIfAvailable();
			return (started != null) ? started.listeners() : 0;
		}, properties.bootstrap().minConnected(), () -> {
			Libp2pNodeLifecycle started = lifecycle.getIfAvailable();
			return (started != null) ? started.startFailure() : null;
		});
	}

}

package io.p2pboot.libp2p.autoconfigure;

import java.util.List;

import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.kad.Kademlia;
import io.p2pboot.libp2p.spring.kad.KademliaCustomizer;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.SearchStrategy;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;

/**
 * Auto-configuration of Kademlia: an instance where a protocol is set. As a
 * {@link io.p2pboot.libp2p.PeerRouting} it is mounted on the node like every other one.
 */
@AutoConfiguration(after = Libp2pAutoConfiguration.class)
@ConditionalOnClass(Kademlia.class)
@ConditionalOnBean(value = { Node.class, Libp2pConnectionDetails.class }, search = SearchStrategy.CURRENT)
@ConditionalOnBooleanProperty(name = "libp2p.kad.enabled", matchIfMissing = true)
@EnableConfigurationProperties(Libp2pKadProperties.class)
public final class Libp2pKadAutoConfiguration {

	@Bean(destroyMethod = "close")
	@ConditionalOnProperty("libp2p.kad.protocol")
	@ConditionalOnMissingBean(search = SearchStrategy.CURRENT)
	Kademlia libp2pKademlia(Libp2pKadProperties properties, Libp2pConnectionDetails bootstrap,
			ConfigurableListableBeanFactory beanFactory, ObjectProvider<KademliaCustomizer> customizers) {
		return new KademliaFactory(properties, bootstrap.bootstrapPeers(), beanFactory)
			.create(customizers.orderedStream().toList());
	}

	static List<Kademlia> all(ObjectProvider<Kademlia> instances) {
		return instances.orderedStream().toList();
	}

}

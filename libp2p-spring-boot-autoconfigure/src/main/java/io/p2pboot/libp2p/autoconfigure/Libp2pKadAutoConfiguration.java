package io.p2pboot.libp2p.autoconfigure;

import java.util.List;

import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.kad.FileKadStore;
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
import org.springframework.context.annotation.Import;
import org.springframework.core.env.Environment;

/**
 * Auto-configuration of Kademlia: an instance where a protocol is set, and further ones
 * by name. As a {@link io.p2pboot.libp2p.PeerRouting} each is mounted on the node like
 * every other one.
 */
@AutoConfiguration(after = Libp2pAutoConfiguration.class)
@ConditionalOnClass(Kademlia.class)
@ConditionalOnBean(value = { Node.class, Libp2pConnectionDetails.class }, search = SearchStrategy.CURRENT)
@ConditionalOnBooleanProperty(name = "libp2p.kad.enabled", matchIfMissing = true)
@EnableConfigurationProperties(Libp2pKadProperties.class)
@Import(KadInstancesRegistrar.class)
public final class Libp2pKadAutoConfiguration {

	@Bean(destroyMethod = "close")
	@ConditionalOnProperty({ "libp2p.kad.protocol", "libp2p.kad.store.location" })
	@ConditionalOnMissingBean(value = { FileKadStore.class, Kademlia.class }, search = SearchStrategy.CURRENT)
	FileKadStore libp2pKadStore(Libp2pKadProperties properties) {
		return KadStoreFactory.open("libp2p.kad", properties.store());
	}

	@Bean(destroyMethod = "close")
	@ConditionalOnProperty("libp2p.kad.protocol")
	@ConditionalOnMissingBean(search = SearchStrategy.CURRENT)
	Kademlia libp2pKademlia(Libp2pKadProperties properties, Libp2pConnectionDetails bootstrap,
			ConfigurableListableBeanFactory beanFactory, ObjectProvider<FileKadStore> store,
			ObjectProvider<KademliaCustomizer> customizers) {
		return new KademliaFactory("libp2p.kad", properties, bootstrap.bootstrapPeers(), store.getIfUnique(),
				beanFactory)
			.create(KadInstances.customizers(customizers, ""));
	}

	@Bean
	KadInstances libp2pKadInstances(Libp2pKadProperties properties, Libp2pConnectionDetails bootstrap,
			ConfigurableListableBeanFactory beanFactory, ObjectProvider<KademliaCustomizer> customizers) {
		return new KadInstances(properties, bootstrap.bootstrapPeers(), beanFactory, customizers);
	}

	@Bean
	@ConditionalOnMissingBean(Kademlia.class)
	KadProtocolCheck libp2pKadProtocolCheck(Environment environment, Libp2pKadProperties properties) {
		return new KadProtocolCheck(environment, !properties.instances().isEmpty());
	}

	static List<Kademlia> all(ObjectProvider<Kademlia> instances) {
		return instances.orderedStream().toList();
	}

}

package io.p2pboot.libp2p.autoconfigure;

import java.io.IOException;
import java.nio.file.Path;
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
import org.springframework.core.env.Environment;

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
	@ConditionalOnProperty({ "libp2p.kad.protocol", "libp2p.kad.store.location" })
	@ConditionalOnMissingBean(value = { FileKadStore.class, Kademlia.class }, search = SearchStrategy.CURRENT)
	FileKadStore libp2pKadStore(Libp2pKadProperties properties) {
		String location = String.valueOf(properties.store().location());
		Path file = FileLocation.KAD_STORE.resolve(location, System.getProperty("user.home"));
		try {
			return FileKadStore.open(file, properties.store().maxSize().toBytes());
		}
		catch (IllegalArgumentException ex) {
			throw PropertyRanges.invalid("kad.store.max-size", properties.store().maxSize(),
					"It has to be " + (FileKadStore.LEAST_MAX_BYTES >> 20) + "MB or more.");
		}
		catch (IOException ex) {
			throw new InvalidSettingException(FileLocation.KAD_STORE.property(), location,
					"the file cannot be used: " + ex.getMessage(),
					"Set it to a path that this application alone uses and may write to; a file that is missing "
							+ "is created.",
					ex);
		}
	}

	@Bean(destroyMethod = "close")
	@ConditionalOnProperty("libp2p.kad.protocol")
	@ConditionalOnMissingBean(search = SearchStrategy.CURRENT)
	Kademlia libp2pKademlia(Libp2pKadProperties properties, Libp2pConnectionDetails bootstrap,
			ConfigurableListableBeanFactory beanFactory, ObjectProvider<FileKadStore> store,
			ObjectProvider<KademliaCustomizer> customizers) {
		return new KademliaFactory(properties, bootstrap.bootstrapPeers(), store.getIfUnique(), beanFactory)
			.create(customizers.orderedStream().toList());
	}

	@Bean
	@ConditionalOnMissingBean(Kademlia.class)
	KadProtocolCheck libp2pKadProtocolCheck(Environment environment) {
		return new KadProtocolCheck(environment);
	}

	static List<Kademlia> all(ObjectProvider<Kademlia> instances) {
		return instances.orderedStream().toList();
	}

}

package io.p2pboot.libp2p.autoconfigure;

import java.util.List;
import java.util.Map;
import java.util.Objects;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.kad.FileKadStore;
import io.p2pboot.libp2p.kad.Kademlia;
import io.p2pboot.libp2p.spring.kad.KademliaCustomizer;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.util.StringUtils;

/**
 * Makes the instances of Kademlia that are configured by name. Used while the context
 * starts.
 *
 * @param properties the properties
 * @param bootstrap the bootstrap peers of the node
 * @param beanFactory the beans, for validators of values
 * @param customizers change the instances that they support
 */
record KadInstances(Libp2pKadProperties properties, List<AddrInfo> bootstrap,
		ConfigurableListableBeanFactory beanFactory, ObjectProvider<KademliaCustomizer> customizers) {

	/** Where the instances are configured, each below its name. */
	static final String PREFIX = "libp2p.kad.instances";

	/**
	 * Makes an instance.
	 * @param name its name
	 * @return the instance, to be mounted on the node; its file is closed with it
	 * @throws InvalidSettingException if it cannot be made of its properties
	 */
	Kademlia create(String name) {
		Libp2pKadProperties instance = Objects.requireNonNull(this.properties.instances().get(name));
		String prefix = PREFIX + "." + name;
		if (!instance.instances().isEmpty()) {
			throw refused(prefix + ".instances", "instances have no instances",
					"Configure it next to the others, below " + PREFIX + ".");
		}
		boolean kept = StringUtils.hasText(instance.store().location());
		FileKadStore store = kept ? KadStoreFactory.open(prefix, instance.store()) : null;
		try {
			return new KademliaFactory(prefix, instance, this.bootstrap, store, this.beanFactory)
				.create(customizers(this.customizers, name));
		}
		catch (RuntimeException ex) {
			close(store);
			throw ex;
		}
	}

	/**
	 * Returns how many peers the table of an instance is to hold.
	 * @param kad an instance of the context, with a name here or without
	 * @return the number; 0 for any
	 */
	int minTableSize(Kademlia kad) {
		for (Map.Entry<String, Libp2pKadProperties> each : this.properties.instances().entrySet()) {
			String bean = beanName(each.getKey());
			if (this.beanFactory.containsBean(bean) && this.beanFactory.getBean(bean) == kad) {
				return minTableSize("kad.instances." + each.getKey(), each.getValue());
			}
		}
		return minTableSize("kad", this.properties);
	}

	private static int minTableSize(String prefix, Libp2pKadProperties instance) {
		int minTableSize = instance.health().minTableSize();
		if (minTableSize < 0) {
			throw PropertyRanges.invalid(prefix + ".health.min-table-size", minTableSize, "It has to be 0 or more.");
		}
		return minTableSize;
	}

	/** The bean of an instance. */
	static String beanName(String instance) {
		return instance + "Kademlia";
	}

	/** Those of an instance; the first has an empty name. */
	static List<KademliaCustomizer> customizers(ObjectProvider<KademliaCustomizer> all, String name) {
		return all.orderedStream().filter((customizer) -> customizer.supports(name)).toList();
	}

	private static InvalidSettingException refused(String property, String problem, String action) {
		return new InvalidSettingException(property, null, problem, action, null);
	}

	private static void close(@Nullable FileKadStore store) {
		if (store != null) {
			store.close();
		}
	}

}

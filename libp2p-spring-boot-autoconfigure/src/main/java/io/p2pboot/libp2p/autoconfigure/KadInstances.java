package io.p2pboot.libp2p.autoconfigure;

import java.util.List;
import java.util.Objects;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.kad.FileKadStore;
import io.p2pboot.libp2p.kad.Kademlia;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.util.StringUtils;

/**
 * Makes the instances of Kademlia that are configured by name. Used while the context
 * starts.
 *
 * @param properties the properties
 * @param bootstrap the bootstrap peers of the node
 * @param beanFactory the beans, for validators of values
 */
record KadInstances(Libp2pKadProperties properties, List<AddrInfo> bootstrap,
		ConfigurableListableBeanFactory beanFactory) {

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
		if (instance.health().minTableSize() != 0) {
			throw refused(prefix + ".health.min-table-size", "the health is that of the first instance",
					"Remove it, or configure this instance directly below libp2p.kad.");
		}
		boolean kept = StringUtils.hasText(instance.store().location());
		FileKadStore store = kept ? KadStoreFactory.open(prefix, instance.store()) : null;
		try {
			return new KademliaFactory(prefix, instance, this.bootstrap, store, this.beanFactory).create(List.of());
		}
		catch (RuntimeException ex) {
			close(store);
			throw ex;
		}
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

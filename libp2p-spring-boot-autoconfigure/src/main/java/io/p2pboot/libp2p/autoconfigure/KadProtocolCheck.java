package io.p2pboot.libp2p.autoconfigure;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.core.env.Environment;
import org.springframework.util.StringUtils;

/**
 * Warns when something is set for Kademlia in an application without it. That may be
 * meant, as where only one profile sets the protocol. Used once, by the thread that
 * starts the context.
 *
 * @param environment the properties
 * @param instances whether there are instances by name
 */
record KadProtocolCheck(Environment environment, boolean instances) implements SmartInitializingSingleton {

	private static final Logger logger = LoggerFactory.getLogger(KadProtocolCheck.class);

	private static final ConfigurationPropertyName INSTANCES = ConfigurationPropertyName.of(KadInstances.PREFIX);

	private static final ConfigurationPropertyName ENABLED = ConfigurationPropertyName.of("libp2p.kad.enabled");

	private static final ConfigurationPropertyName KAD = ConfigurationPropertyName.of("libp2p.kad");

	@Override
	public void afterSingletonsInstantiated() {
		Set<ConfigurationPropertyName> seen = new HashSet<>();
		if (this.instances) {
			seen.add(ENABLED);
		}
		for (ConfigurationPropertySource source : ConfigurationPropertySources.get(this.environment)) {
			if (source instanceof IterableConfigurationPropertySource properties) {
				Optional<ConfigurationPropertyName> found = properties.stream()
					// The first source that has it is the one that counts.
					.filter((name) -> KAD.isAncestorOf(name) && !INSTANCES.isAncestorOf(name) && seen.add(name))
					.filter((name) -> asksForSomething(properties.getConfigurationProperty(name)))
					.findFirst();
				if (found.isPresent()) {
					logger.warn(
							"{} has no effect: this node takes part in no Kademlia network; set "
									+ "libp2p.kad.protocol to the protocol id of one, or libp2p.kad.enabled=false",
							found.get());
					return;
				}
			}
		}
	}

	/** What is empty or switches something off is the same without Kademlia. */
	private boolean asksForSomething(@Nullable ConfigurationProperty property) {
		if (property == null) {
			return false;
		}
		String value = this.environment.resolvePlaceholders(String.valueOf(property.getValue()));
		return StringUtils.hasText(value) && !value.equalsIgnoreCase("false");
	}

}

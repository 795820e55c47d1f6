package io.p2pboot.libp2p.autoconfigure;

import java.util.Map;

import io.p2pboot.libp2p.Node;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingClass;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;

/**
 * Fails the start where a property asks for a module that is missing: a property that
 * does nothing would be no help.
 */
@AutoConfiguration(after = Libp2pAutoConfiguration.class)
@ConditionalOnClass(Node.class)
@ConditionalOnBooleanProperty(name = "libp2p.enabled", matchIfMissing = true)
public final class Libp2pMissingModuleAutoConfiguration {

	private static InvalidSettingException missing(String property, String module) {
		return new InvalidSettingException(property, null, "the module " + module + " is not on the class path",
				"Add the dependency io.p2pboot:" + module + ", or remove the property.", null);
	}

	/**
	 * Publish and subscribe.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnMissingClass("io.p2pboot.libp2p.pubsub.PubSub")
	@ConditionalOnBooleanProperty("libp2p.pubsub.enabled")
	static class PubSubAbsent {

		PubSubAbsent() {
			throw missing("libp2p.pubsub.enabled", "libp2p-pubsub");
		}

	}

	/**
	 * Kademlia.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnMissingClass("io.p2pboot.libp2p.kad.Kademlia")
	@ConditionalOnBooleanProperty(name = "libp2p.kad.enabled", matchIfMissing = true)
	static class KademliaAbsent {

		private static final String INSTANCES = "libp2p.kad.instances";

		KademliaAbsent(Environment environment) {
			if (environment.containsProperty("libp2p.kad.protocol")) {
				throw missing("libp2p.kad.protocol", "libp2p-kad");
			}
			Binder.get(environment)
				.bind(INSTANCES, Bindable.mapOf(String.class, Object.class))
				.orElse(Map.of())
				.keySet()
				.stream()
				.map((name) -> INSTANCES + "." + name)
				.filter((instance) -> environment.getProperty(instance + ".enabled", Boolean.class, true))
				.findFirst()
				.ifPresent((instance) -> {
					throw missing(instance + ".protocol", "libp2p-kad");
				});
		}

	}

}

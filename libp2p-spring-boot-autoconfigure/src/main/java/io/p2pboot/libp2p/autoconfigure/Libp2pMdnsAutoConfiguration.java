package io.p2pboot.libp2p.autoconfigure;

import java.util.List;

import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.mdns.Mdns;
import io.p2pboot.libp2p.spring.NodeCustomizer;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingClass;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Auto-configuration of multicast DNS, which is off unless a property switches it on.
 */
@AutoConfiguration(before = Libp2pAutoConfiguration.class)
@ConditionalOnClass(Node.class)
@ConditionalOnBooleanProperty(name = "libp2p.enabled", matchIfMissing = true)
@ConditionalOnBooleanProperty("libp2p.mdns.enabled")
@EnableConfigurationProperties(MdnsProperties.class)
public final class Libp2pMdnsAutoConfiguration {

	/**
	 * The module is there.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(Mdns.class)
	static class Present {

		@Bean
		NodeCustomizer libp2pMdnsCustomizer(MdnsProperties properties) {
			Mdns.Builder mdns = builder(properties);
			return (node) -> node.service(mdns.build());
		}

		private static Mdns.Builder builder(MdnsProperties properties) {
			Mdns.Builder builder = Mdns.builder().dial(properties.dial());
			try {
				builder.service(properties.serviceName());
			}
			catch (IllegalArgumentException ex) {
				throw PropertyRanges.invalid("mdns.service-name", properties.serviceName(), ex.getMessage() + ".");
			}
			try {
				builder.queryInterval(properties.queryInterval());
			}
			catch (IllegalArgumentException ex) {
				throw PropertyRanges.invalid("mdns.query-interval", properties.queryInterval(), ex.getMessage() + ".");
			}
			List<String> interfaces = properties.interfaces();
			if (!interfaces.isEmpty()) {
				builder.interfaces((device) -> interfaces.contains(device.getName()));
			}
			return builder;
		}

	}

	/**
	 * The module is missing: a property that does nothing would be no help.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnMissingClass("io.p2pboot.libp2p.mdns.Mdns")
	static class Absent {

		Absent() {
			throw new InvalidSettingException("libp2p.mdns.enabled", "true",
					"the module libp2p-mdns is not on the class path",
					"Add the dependency io.p2pboot:libp2p-mdns, or set libp2p.mdns.enabled=false.", null);
		}

	}

}

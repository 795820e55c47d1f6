package io.p2pboot.libp2p.autoconfigure;

import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.mdns.Mdns;
import io.p2pboot.libp2p.netty.NettyNode;

import org.springframework.boot.LazyInitializationExcludeFilter;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingClass;
import org.springframework.boot.autoconfigure.condition.SearchStrategy;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Auto-configuration of multicast DNS, which is off unless a property switches it on.
 */
@AutoConfiguration(after = Libp2pAutoConfiguration.class)
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
	@ConditionalOnBean(value = NettyNode.class, search = SearchStrategy.CURRENT)
	static class Present {

		@Bean
		static LazyInitializationExcludeFilter libp2pMdnsLazyInitializationExcludeFilter() {
			return LazyInitializationExcludeFilter.forBeanTypes(MdnsLifecycle.class);
		}

		@Bean
		MdnsLifecycle libp2pMdnsLifecycle(NettyNode node, MdnsProperties mdns, Libp2pProperties properties) {
			return new MdnsLifecycle(node, mdns, properties.autoStartup());
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

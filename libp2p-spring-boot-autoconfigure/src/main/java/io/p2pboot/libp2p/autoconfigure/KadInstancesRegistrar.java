package io.p2pboot.libp2p.autoconfigure;

import java.util.HashMap;
import java.util.Map;

import io.p2pboot.libp2p.kad.Kademlia;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.BeanRegistrar;
import org.springframework.beans.factory.BeanRegistry;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.Environment;
import org.springframework.util.StringUtils;

/**
 * Registers a bean for each instance of Kademlia that is configured by name:
 * {@code lanKademlia} for {@code libp2p.kad.instances.lan}. Beans that want any instance
 * get the first one, of {@code libp2p.kad.protocol}, if there is one.
 */
final class KadInstancesRegistrar implements BeanRegistrar {

	private static final String FIRST = "libp2p.kad.protocol";

	@Override
	public void register(BeanRegistry registry, Environment env) {
		Map<String, String> properties = new HashMap<>();
		String first = env.getProperty(FIRST);
		if (StringUtils.hasText(first)) {
			properties.put(first, FIRST);
		}
		Binder.get(env)
			.bind(KadInstances.PREFIX, Bindable.mapOf(String.class, Object.class))
			.orElse(Map.of())
			.keySet()
			.forEach((name) -> {
				String prefix = KadInstances.PREFIX + "." + name;
				if (env.getProperty(prefix + ".enabled", Boolean.class, true)) {
					check(prefix + ".protocol", env.getProperty(prefix + ".protocol"), properties);
					registry.registerBean(KadInstances.beanName(name), Kademlia.class, (bean) -> bean.fallback()
						.supplier((context) -> context.bean(KadInstances.class).create(name)));
				}
			});
	}

	private static void check(String property, @Nullable String protocol, Map<String, String> properties) {
		if (!StringUtils.hasText(protocol)) {
			throw new InvalidSettingException(property, protocol, "an instance has to have a protocol",
					"Set it to the protocol id of a network, for example /myapp/kad/1.0.0.", null);
		}
		String before = properties.putIfAbsent(protocol, property);
		if (before != null) {
			throw new InvalidSettingException(property, protocol, before + " is the same",
					"Give each instance a protocol of its own, or remove one of them.", null);
		}
	}

}

package io.p2pboot.libp2p.test;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.multiformats.MultiaddrProtocol;
import io.p2pboot.libp2p.spring.NodeStartedEvent;

import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ApplicationListener;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.MapPropertySource;

/**
 * Makes a property of the port when the node has started.
 */
final class LocalPortInitializer implements ApplicationContextInitializer<ConfigurableApplicationContext> {

	private static final String PROPERTY = "local.libp2p.port";

	@Override
	public void initialize(ConfigurableApplicationContext context) {
		Map<String, Object> ports = new ConcurrentHashMap<>();
		context.getEnvironment().getPropertySources().addFirst(new MapPropertySource(PROPERTY, ports));
		context.addApplicationListener(new PortListener(ports));
	}

	private static void port(List<Multiaddr> addresses, Map<String, Object> ports) {
		if (!addresses.isEmpty()) {
			Multiaddr first = addresses.get(0);
			first.value(MultiaddrProtocol.TCP)
				.or(() -> first.value(MultiaddrProtocol.UDP))
				.or(() -> first.value(MultiaddrProtocol.MEMORY))
				.ifPresent((port) -> ports.put(PROPERTY, port));
		}
	}

	/** A class, since the type of a lambda's event cannot be told. */
	private record PortListener(Map<String, Object> ports) implements ApplicationListener<NodeStartedEvent> {

		@Override
		public void onApplicationEvent(NodeStartedEvent event) {
			port(event.addresses(), this.ports);
		}

	}

}

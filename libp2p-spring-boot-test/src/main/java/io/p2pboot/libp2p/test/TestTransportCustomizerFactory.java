package io.p2pboot.libp2p.test;

import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.AnnotatedBeanDefinitionReader;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.core.env.MapPropertySource;
import org.springframework.test.context.ContextConfigurationAttributes;
import org.springframework.test.context.ContextCustomizer;
import org.springframework.test.context.ContextCustomizerFactory;
import org.springframework.test.context.MergedContextConfiguration;
import org.springframework.test.context.TestContextAnnotationUtils;

/**
 * Applies {@link AutoConfigureTestLibp2pTransport}.
 */
final class TestTransportCustomizerFactory implements ContextCustomizerFactory {

	@Override
	public @Nullable ContextCustomizer createContextCustomizer(Class<?> testClass,
			List<ContextConfigurationAttributes> attributes) {
		return TestContextAnnotationUtils.hasAnnotation(testClass, AutoConfigureTestLibp2pTransport.class)
				? new TestTransportCustomizer() : null;
	}

	/** Equal to every other one, so that contexts are cached. */
	record TestTransportCustomizer() implements ContextCustomizer {

		/** A location of "false" is none for the condition of the store. */
		private static final Map<String, Object> PROPERTIES = Map.ofEntries(Map.entry("libp2p.listen", "/memory/0"),
				Map.entry("libp2p.transport.memory.enabled", "true"),
				Map.entry("libp2p.transport.tcp.enabled", "false"),
				Map.entry("libp2p.transport.websocket.enabled", "false"),
				Map.entry("libp2p.transport.websocket.ssl.bundle", ""),
				Map.entry("libp2p.transport.quic.enabled", "false"), Map.entry("libp2p.bootstrap.peers", ""),
				Map.entry("libp2p.peerstore.enabled", "false"), Map.entry("libp2p.mdns.enabled", "false"),
				Map.entry("libp2p.kad.bootstrap", ""), Map.entry("libp2p.kad.store.location", "false"),
				Map.entry("libp2p.pubsub.gossip.heartbeat", "100ms"));

		@Override
		public void customizeContext(ConfigurableApplicationContext context, MergedContextConfiguration merged) {
			context.getEnvironment()
				.getPropertySources()
				.addFirst(new MapPropertySource("test libp2p transport", PROPERTIES));
			if (context.getBeanFactory() instanceof BeanDefinitionRegistry registry) {
				new AnnotatedBeanDefinitionReader(registry, context.getEnvironment())
					.register(TestTransportConfiguration.class);
			}
		}

	}

}

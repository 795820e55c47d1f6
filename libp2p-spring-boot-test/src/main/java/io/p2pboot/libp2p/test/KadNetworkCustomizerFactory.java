package io.p2pboot.libp2p.test;

import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.AnnotatedBeanDefinitionReader;
import org.springframework.core.env.MapPropertySource;
import org.springframework.test.context.ContextConfigurationAttributes;
import org.springframework.test.context.ContextCustomizer;
import org.springframework.test.context.ContextCustomizerFactory;
import org.springframework.test.context.MergedContextConfiguration;
import org.springframework.test.context.TestContextAnnotationUtils;

/**
 * Applies {@link KadNetwork}.
 */
final class KadNetworkCustomizerFactory implements ContextCustomizerFactory {

	@Override
	public @Nullable ContextCustomizer createContextCustomizer(Class<?> testClass,
			List<ContextConfigurationAttributes> attributes) {
		KadNetwork network = TestContextAnnotationUtils.findMergedAnnotation(testClass, KadNetwork.class);
		return (network != null) ? new KadNetworkCustomizer(network.nodes(), network.protocol()) : null;
	}

	/**
	 * Equal to another one of the same network, so that contexts are cached.
	 *
	 * @param nodes how many servers
	 * @param protocol the protocol
	 */
	record KadNetworkCustomizer(int nodes, String protocol) implements ContextCustomizer {

		@Override
		public void customizeContext(ConfigurableApplicationContext context, MergedContextConfiguration merged) {
			context.getEnvironment()
				.getPropertySources()
				.addFirst(new MapPropertySource("test Kademlia network", Map.of("libp2p.kad.protocol", this.protocol,
						TestKadNetworkConfiguration.NODES, String.valueOf(this.nodes))));
			if (context.getBeanFactory() instanceof BeanDefinitionRegistry registry) {
				new AnnotatedBeanDefinitionReader(registry, context.getEnvironment())
					.register(TestKadNetworkConfiguration.class);
			}
		}

	}

}

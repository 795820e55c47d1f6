package io.p2pboot.libp2p.autoconfigure;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.spring.metrics.HandlerHistograms;
import io.p2pboot.libp2p.spring.metrics.NodeMetrics;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.util.function.SingletonSupplier;

/**
 * Auto-configuration of the node's meters. They are bound to registries by Spring Boot,
 * later and maybe more than once.
 */
@AutoConfiguration(after = Libp2pAutoConfiguration.class,
		afterName = { "org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration",
				"org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration" })
@ConditionalOnClass(MeterRegistry.class)
@ConditionalOnBean({ Node.class, Libp2pProperties.class, MeterRegistry.class })
public final class Libp2pMetricsAutoConfiguration {

	@Bean(destroyMethod = "close")
	@ConditionalOnMissingBean
	NodeMetrics libp2pNodeMetrics(ObjectProvider<Node> node, Libp2pProperties properties) {
		Libp2pProperties.Metrics metrics = properties.metrics();
		return new NodeMetrics(SingletonSupplier.of(node::getObject), metrics.histograms(), metrics.maxProtocols());
	}

	@Bean
	@ConditionalOnMissingBean
	@ConditionalOnBooleanProperty(name = "libp2p.metrics.histograms", matchIfMissing = true)
	static HandlerHistograms libp2pHandlerHistograms() {
		return new HandlerHistograms();
	}

	/**
	 * Boot binds what measures to registries of the same context only: a child whose
	 * parent has the registry would not be measured.
	 */
	@Bean
	static SmartInitializingSingleton libp2pMetersOfAParentsRegistry(ConfigurableListableBeanFactory beanFactory) {
		return () -> {
			BeanFactory parent = beanFactory.getParentBeanFactory();
			if (parent != null && beanFactory.getBeanNamesForType(MeterRegistry.class).length == 0) {
				parent.getBeanProvider(MeterRegistry.class)
					.ifUnique((registry) -> beanFactory.getBeansOfType(MeterBinder.class)
						.values()
						.stream()
						.filter((binder) -> binder.getClass().getPackage() == NodeMetrics.class.getPackage())
						.forEach((binder) -> binder.bindTo(registry)));
			}
		};
	}

}

package io.p2pboot.libp2p.spring.client;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

import io.p2pboot.libp2p.spring.Libp2pProtocol;
import io.p2pboot.libp2p.spring.Libp2pTemplate;

import org.springframework.beans.factory.annotation.AnnotatedBeanDefinition;
import org.springframework.beans.factory.config.RuntimeBeanReference;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.context.annotation.ClassPathScanningCandidateComponentProvider;
import org.springframework.context.annotation.ImportBeanDefinitionRegistrar;
import org.springframework.core.ResolvableType;
import org.springframework.core.annotation.AnnotationAttributes;
import org.springframework.core.env.Environment;
import org.springframework.core.io.ResourceLoader;
import org.springframework.core.type.AnnotationMetadata;
import org.springframework.util.ClassUtils;

/**
 * Defines the beans of {@link ImportLibp2pClients}. Used on the thread that starts the
 * context.
 *
 * @param environment the environment
 * @param resourceLoader finds and loads classes
 */
record ClientRegistrar(Environment environment,
		ResourceLoader resourceLoader) implements ImportBeanDefinitionRegistrar {

	@Override
	public void registerBeanDefinitions(AnnotationMetadata metadata, BeanDefinitionRegistry registry) {
		AnnotationAttributes attributes = Objects.requireNonNull(AnnotationAttributes
			.fromMap(metadata.getAnnotationAttributes(ImportLibp2pClients.class.getName(), false)));
		Set<Class<?>> types = new LinkedHashSet<>(List.of(attributes.getClassArray("types")));
		List<String> packages = List.of(attributes.getStringArray("basePackages"));
		if (types.isEmpty() && packages.isEmpty()) {
			packages = List.of(ClassUtils.getPackageName(metadata.getClassName()));
		}
		for (String basePackage : packages) {
			types.addAll(scan(this.environment.resolvePlaceholders(basePackage)));
		}
		types.forEach((type) -> register(type, attributes.getString("template"), registry));
	}

	private static void register(Class<?> type, String template, BeanDefinitionRegistry registry) {
		if (registry.containsBeanDefinition(type.getName())) {
			return;
		}
		RootBeanDefinition definition = new RootBeanDefinition();
		definition.setTargetType(ResolvableType.forClassWithGenerics(Libp2pClientFactoryBean.class, type));
		definition.setBeanClass(Libp2pClientFactoryBean.class);
		definition.getConstructorArgumentValues().addIndexedArgumentValue(0, type);
		definition.getConstructorArgumentValues()
			.addIndexedArgumentValue(1, template.isEmpty() ? new RuntimeBeanReference(Libp2pTemplate.class)
					: new RuntimeBeanReference(template));
		// Whoever injects the interface calls another peer, also where a handler serves
		// it.
		definition.setPrimary(true);
		registry.registerBeanDefinition(type.getName(), definition);
	}

	private List<Class<?>> scan(String basePackage) {
		ClassPathScanningCandidateComponentProvider scanner = new ClassPathScanningCandidateComponentProvider(false,
				this.environment) {

			@Override
			protected boolean isCandidateComponent(AnnotatedBeanDefinition definition) {
				return definition.getMetadata().isInterface() && definition.getMetadata().isIndependent();
			}

		};
		scanner.setResourceLoader(this.resourceLoader);
		scanner.addIncludeFilter((reader, factory) -> reader.getAnnotationMetadata()
			.hasAnnotatedMethods(Libp2pProtocol.class.getName()));
		return scanner.findCandidateComponents(basePackage)
			.stream()
			.map((found) -> Objects.requireNonNull(found.getBeanClassName()))
			.sorted()
			.<Class<?>>map((name) -> ClassUtils.resolveClassName(name, this.resourceLoader.getClassLoader()))
			.toList();
	}

}

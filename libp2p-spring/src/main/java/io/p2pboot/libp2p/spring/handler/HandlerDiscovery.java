package io.p2pboot.libp2p.spring.handler;

import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import io.p2pboot.libp2p.DatagramHandler;
import io.p2pboot.libp2p.StreamHandler;
import io.p2pboot.libp2p.spring.Libp2pClient;
import io.p2pboot.libp2p.spring.Libp2pProtocol;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.aop.framework.autoproxy.AutoProxyUtils;
import org.springframework.aop.scope.ScopedObject;
import org.springframework.aop.scope.ScopedProxyUtils;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.core.MethodIntrospector;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.annotation.AnnotationUtils;
import org.springframework.util.ClassUtils;

/**
 * Finds what carries an annotation without creating a bean for it, but for a lazy one
 * that may be a client. Used once, on the thread that starts the context.
 *
 * @param <A> the annotation
 * @param beanFactory the beans
 * @param annotation the annotation
 */
record HandlerDiscovery<A extends Annotation>(ConfigurableListableBeanFactory beanFactory, Class<A> annotation) {

	private static final Logger logger = LoggerFactory.getLogger(HandlerDiscovery.class);

	List<FoundHandler<A>> find() {
		List<FoundHandler<A>> found = new ArrayList<>();
		for (String name : this.beanFactory.getBeanNamesForType(Object.class, true, false)) {
			if (!ScopedProxyUtils.isScopedTarget(name) && !isClient(name)) {
				Class<?> type = targetClass(name);
				if (type != null && mayBeClient(name, type)) {
					type = isClient(this.beanFactory.getBean(name)) ? null : targetClass(name);
				}
				if (type != null && !standsForClient(name, type)) {
					find(name, type, found);
				}
			}
		}
		return found;
	}

	/** A client carries the annotations of its interface, and serves nothing. */
	private boolean isClient(String name) {
		if (this.beanFactory.isFactoryBean(name)) {
			return this.beanFactory.isTypeMatch(BeanFactory.FACTORY_BEAN_PREFIX + name, Libp2pClient.class);
		}
		return this.beanFactory.containsSingleton(name) && isClient(this.beanFactory.getSingleton(name));
	}

	private static boolean isClient(@Nullable Object bean) {
		return bean instanceof Libp2pClient;
	}

	/** Whether only the bean itself, which is not made yet, tells who it is. */
	private boolean mayBeClient(String name, Class<?> type) {
		return this.annotation == Libp2pProtocol.class && type.isInterface() && this.beanFactory.isSingleton(name)
				&& !this.beanFactory.containsSingleton(name) && !onMethods(type).isEmpty();
	}

	/**
	 * A client has the name of its interface, and so has what a test puts in its place.
	 */
	private static boolean standsForClient(String name, Class<?> type) {
		return ClassUtils.getAllInterfacesForClassAsSet(type)
			.stream()
			.anyMatch((implemented) -> implemented.getName().equals(name));
	}

	private void find(String name, Class<?> type, List<FoundHandler<A>> found) {
		int before = found.size();
		A onBean = onBean(name, type);
		if (onBean != null) {
			found.add(new FoundHandler<>(name, type, null, onBean));
		}
		if (AnnotationUtils.isCandidateClass(type, this.annotation)) {
			onMethods(type)
				.forEach((method, annotation) -> found.add(new FoundHandler<>(name, type, method, annotation)));
		}
		if (found.size() == before && this.annotation == Libp2pProtocol.class) {
			warnIfHidden(name, type);
		}
	}

	private @Nullable A onBean(String name, Class<?> type) {
		A onType = AnnotatedElementUtils.findMergedAnnotation(type, this.annotation);
		if (onType != null) {
			return onType;
		}
		A onFactory = this.beanFactory.findAnnotationOnBean(name, this.annotation, false);
		String scoped = ScopedProxyUtils.getTargetBeanName(name);
		if (onFactory == null && this.beanFactory.containsBeanDefinition(scoped)) {
			return this.beanFactory.findAnnotationOnBean(scoped, this.annotation, false);
		}
		return onFactory;
	}

	/** A method with @Bean makes a handler, it is none. */
	private Map<Method, A> onMethods(Class<?> type) {
		return MethodIntrospector.selectMethods(type,
				(MethodIntrospector.MetadataLookup<@Nullable A>) (
						method) -> AnnotatedElementUtils.hasAnnotation(method, Bean.class) ? null
								: AnnotatedElementUtils.findMergedAnnotation(method, this.annotation));
	}

	private @Nullable Class<?> targetClass(String name) {
		try {
			Object bean = this.beanFactory.containsSingleton(name) ? this.beanFactory.getSingleton(name) : null;
			if (bean != null && AopUtils.isAopProxy(bean) && !(bean instanceof ScopedObject)) {
				return AopProxyUtils.ultimateTargetClass(bean);
			}
			Class<?> type = AutoProxyUtils.determineTargetClass(this.beanFactory, name);
			if (type == null || !ScopedObject.class.isAssignableFrom(type)) {
				return type;
			}
			return AutoProxyUtils.determineTargetClass(this.beanFactory, ScopedProxyUtils.getTargetBeanName(name));
		}
		catch (RuntimeException | LinkageError ex) {
			logger.debug("Could not determine the type of bean '{}': it is not searched for handlers", name, ex);
			return null;
		}
	}

	private void warnIfHidden(String name, Class<?> type) {
		boolean handler = type == StreamHandler.class || type == DatagramHandler.class;
		if (handler && this.beanFactory.containsBeanDefinition(name)
				&& this.beanFactory.getMergedBeanDefinition(name).isLazyInit()
				&& !this.beanFactory.containsSingleton(name)) {
			logger.warn("The bean '{}' is lazy and declared as {}: if its class carries @Libp2pProtocol this cannot be "
					+ "seen; put the annotation on its @Bean method", name, type.getSimpleName());
		}
	}

}

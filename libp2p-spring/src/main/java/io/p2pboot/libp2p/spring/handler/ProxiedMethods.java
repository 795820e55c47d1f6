package io.p2pboot.libp2p.spring.handler;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.Optional;

import org.springframework.aop.SpringProxy;
import org.springframework.aop.support.AopUtils;

/**
 * Methods of beans that may be proxies. Stateless.
 */
final class ProxiedMethods {

	private ProxiedMethods() {
	}

	/**
	 * Which method of a bean to call. A bean that is made with its first call may be a
	 * proxy that could not be seen at startup.
	 * @throws IllegalStateException if the proxy would not pass the call on
	 */
	static Method select(Method method, Object bean) {
		obstacle(method, bean.getClass()).ifPresent((modifier) -> {
			throw new IllegalStateException(method + " is " + modifier
					+ ", and the proxy of the bean would run it without the bean's fields: remove " + modifier);
		});
		return AopUtils.selectInvocableMethod(method, bean.getClass());
	}

	/**
	 * What keeps a class proxy from passing a call on to the bean: the proxy, whose
	 * fields are null, would run the method itself.
	 * @return the modifier; empty if the call reaches the bean
	 */
	static Optional<String> obstacle(Method method, Class<?> beanType) {
		boolean classProxy = SpringProxy.class.isAssignableFrom(beanType) && !Proxy.isProxyClass(beanType);
		if (!classProxy || Modifier.isStatic(method.getModifiers())) {
			return Optional.empty();
		}
		if (Modifier.isPrivate(method.getModifiers())) {
			return Optional.of("private");
		}
		return Modifier.isFinal(method.getModifiers()) ? Optional.of("final") : Optional.empty();
	}

}

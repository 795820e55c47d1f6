package io.p2pboot.libp2p.spring.handler;

import java.lang.reflect.Method;

import io.p2pboot.libp2p.spring.Libp2pProtocol;
import org.jspecify.annotations.Nullable;

/**
 * Something annotated that was found among the beans.
 *
 * @param beanName the bean
 * @param type the bean's class, below any proxy
 * @param method the annotated method; null where the bean itself is the handler
 * @param annotation where it is to be mounted
 */
record FoundHandler(String beanName, Class<?> type, @Nullable Method method, Libp2pProtocol annotation) {

	String describe() {
		return (this.method == null) ? "bean '" + this.beanName + "' (" + this.type.getTypeName() + ")"
				: describe(this.method);
	}

	/** Describes a method of the bean. */
	String describe(Method method) {
		return "method " + method.getName() + parameters(method) + " of bean '" + this.beanName + "' ("
				+ this.type.getTypeName() + ")";
	}

	private static String parameters(Method method) {
		StringBuilder text = new StringBuilder("(");
		for (Class<?> parameter : method.getParameterTypes()) {
			text.append((text.length() > 1) ? ", " : "").append(parameter.getSimpleName());
		}
		return text.append(')').toString();
	}

}

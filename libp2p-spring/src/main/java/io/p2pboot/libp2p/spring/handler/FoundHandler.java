package io.p2pboot.libp2p.spring.handler;

import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.BeanExpressionException;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.config.BeanExpressionContext;
import org.springframework.beans.factory.config.BeanExpressionResolver;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.scheduling.annotation.Async;
import org.springframework.util.ObjectUtils;

/**
 * Something annotated that was found among the beans.
 *
 * @param <A> the annotation
 * @param beanName the bean
 * @param type the bean's class, below any proxy
 * @param method the annotated method; null where the bean itself is the handler
 * @param annotation what it is to serve
 */
record FoundHandler<A extends Annotation>(String beanName, Class<?> type, @Nullable Method method, A annotation) {

	String describe() {
		return (this.method == null) ? "bean '" + this.beanName + "' (" + this.type.getTypeName() + ")"
				: describe(this.method);
	}

	/**
	 * Resolves the placeholders of an attribute, then its expressions. What is not
	 * defined fails the start: as a text it would be a path or a name that nobody means.
	 */
	String resolve(ConfigurableBeanFactory beanFactory, String attribute, String text) {
		String set = attribute + " = \"" + text + "\"";
		String problem = "the placeholder in " + set + " is not resolved";
		String action = "Define the property, or give a default: ${name:default}.";
		String resolved;
		try {
			resolved = beanFactory.resolveEmbeddedValue(text);
		}
		catch (IllegalArgumentException ex) {
			throw refusal(problem + ": " + ex.getMessage(), action);
		}
		if (resolved != null && resolved.contains("${")) {
			throw refusal(problem, action);
		}
		return (resolved != null) ? evaluate(beanFactory, set, resolved) : "";
	}

	private String evaluate(ConfigurableBeanFactory beanFactory, String set, String text) {
		BeanExpressionResolver resolver = beanFactory.getBeanExpressionResolver();
		if (resolver == null) {
			return text;
		}
		try {
			Object value = resolver.evaluate(text, new BeanExpressionContext(beanFactory, null));
			if (value instanceof Iterable || ObjectUtils.isArray(value)) {
				throw refusal("the expression in " + set + " gives several values", "Write one expression for each.");
			}
			return Objects.toString(value, "");
		}
		catch (BeanExpressionException ex) {
			throw refusal(
					"the expression in " + set + " cannot be evaluated: "
							+ NestedExceptionUtils.getMostSpecificCause(ex).getMessage(),
					"Correct what is between #{ and }.");
		}
	}

	/** Says that it cannot serve. */
	UnsupportedHandlerException refusal(String problem, String action) {
		return refusal(describe(), problem, action);
	}

	/** Says that a part of it cannot serve. */
	UnsupportedHandlerException refusal(String part, String problem, String action) {
		return new UnsupportedHandlerException("@" + this.annotation.annotationType().getSimpleName(), part, problem,
				action);
	}

	/** Describes a method of the bean. */
	String describe(Method method) {
		return "method " + method.getName() + parameters(method) + " of bean '" + this.beanName + "' ("
				+ this.type.getTypeName() + ")";
	}

	/** Through a JDK proxy only what its interfaces declare can be called. */
	Method invocable(BeanFactory beanFactory, Method declared) {
		String part = describe(declared);
		requirePassedOn(beanFactory, part, declared);
		try {
			return AopUtils.selectInvocableMethod(declared, beanType(beanFactory));
		}
		catch (IllegalStateException ex) {
			throw refusal(part, "its proxy does not have the method",
					"Make the method public, and declare it in an interface or proxy the class itself "
							+ "(spring.aop.proxy-target-class=true).");
		}
	}

	/** Refuses a method that a proxy of the bean's class keeps for itself. */
	void requirePassedOn(BeanFactory beanFactory, String part, Method declared) {
		ProxiedMethods.obstacle(declared, beanType(beanFactory)).ifPresent((modifier) -> {
			throw refusal(part,
					"it is " + modifier + ", and the proxy of the bean would run it without the bean's fields",
					"Remove " + modifier + " from the method.");
		});
	}

	private Class<?> beanType(BeanFactory beanFactory) {
		Class<?> beanType = beanFactory.getType(this.beanName);
		return (beanType != null) ? beanType : this.type;
	}

	/** Whether a call of the method returns before the method has ended. */
	boolean isAsync(Method declared) {
		return AnnotatedElementUtils.hasAnnotation(declared, Async.class)
				|| AnnotatedElementUtils.hasAnnotation(this.type, Async.class);
	}

	private static String parameters(Method method) {
		StringBuilder text = new StringBuilder("(");
		for (Class<?> parameter : method.getParameterTypes()) {
			text.append((text.length() > 1) ? ", " : "").append(parameter.getSimpleName());
		}
		return text.append(')').toString();
	}

}

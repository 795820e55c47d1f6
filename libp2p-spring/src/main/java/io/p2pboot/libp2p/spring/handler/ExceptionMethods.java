package io.p2pboot.libp2p.spring.handler;

import java.lang.reflect.Method;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

import io.p2pboot.libp2p.spring.payload.MessageCodec;
import io.p2pboot.libp2p.spring.payload.PayloadFormat;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.core.MethodIntrospector;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.messaging.handler.annotation.MessageExceptionHandler;
import org.springframework.messaging.handler.annotation.support.AnnotationExceptionHandlerMethodResolver;

/**
 * The methods of a bean with which it answers failures. Immutable; made once, at startup,
 * where whatever cannot be called is refused.
 *
 * @param resolver tells which method is for a failure
 * @param replies what each of the methods returns
 */
record ExceptionMethods(AnnotationExceptionHandlerMethodResolver resolver, Map<Method, ReplyType> replies) {

	ExceptionMethods {
		replies = Map.copyOf(replies);
	}

	static ExceptionMethods of(BeanFactory beanFactory, FoundHandler<?> found, PayloadFormat format,
			MessageCodec codec) {
		Map<Method, ReplyType> replies = new HashMap<>();
		for (Method method : methods(found.type())) {
			check(beanFactory, found, method, Call::provides,
					"Take the exception, and a Stream, Datagram, PeerId, AddrInfo or Connection where needed.");
			replies.put(method, ReplyType.of(found, method, format, codec));
		}
		return new ExceptionMethods(resolver(found), replies);
	}

	/** Of listeners, whose failures nobody is told of in reply. */
	static ExceptionMethods of(BeanFactory beanFactory, FoundHandler<?> found, Predicate<Class<?>> provided,
			String action) {
		methods(found.type()).forEach((method) -> check(beanFactory, found, method, provided, action));
		return new ExceptionMethods(resolver(found), Map.of());
	}

	/** The method for a failure or, if there is none, for its cause. */
	@Nullable Method method(Throwable failure) {
		return this.resolver.resolveMethod(failure);
	}

	ReplyType reply(Method method) {
		ReplyType reply = this.replies.get(method);
		if (reply == null) {
			throw new IllegalStateException(method + " was not found at startup");
		}
		return reply;
	}

	private static Set<Method> methods(Class<?> type) {
		return MethodIntrospector
			.selectMethods(type, (MethodIntrospector.MetadataLookup<@Nullable Boolean>) (
					method) -> AnnotatedElementUtils.hasAnnotation(method, MessageExceptionHandler.class) ? true : null)
			.keySet();
	}

	private static void check(BeanFactory beanFactory, FoundHandler<?> found, Method method,
			Predicate<Class<?>> provided, String action) {
		found.invocable(beanFactory, method);
		for (Class<?> parameter : method.getParameterTypes()) {
			if (!Throwable.class.isAssignableFrom(parameter) && !provided.test(parameter)) {
				throw found.refusal(found.describe(method),
						"it handles exceptions, and takes a " + parameter.getSimpleName(), action);
			}
		}
	}

	private static AnnotationExceptionHandlerMethodResolver resolver(FoundHandler<?> found) {
		try {
			return new AnnotationExceptionHandlerMethodResolver(found.type());
		}
		catch (IllegalStateException ex) {
			throw found.refusal("its @MessageExceptionHandler methods are ambiguous: " + ex.getMessage(),
					"Let one method handle each kind of exception.");
		}
	}

}

package io.p2pboot.libp2p.spring.handler;

import java.lang.reflect.Method;
import java.util.List;

import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.core.MethodParameter;
import org.springframework.messaging.Message;
import org.springframework.messaging.handler.invocation.HandlerMethodArgumentResolver;
import org.springframework.messaging.handler.invocation.HandlerMethodArgumentResolverComposite;
import org.springframework.messaging.handler.invocation.InvocableHandlerMethod;
import org.springframework.messaging.support.GenericMessage;

/**
 * A method of a bean, which is asked for with each call. Any number of threads.
 *
 * @param beanFactory the beans
 * @param beanName the bean
 * @param method the method
 */
record BeanMethod(BeanFactory beanFactory, String beanName, Method method) {

	/** Calls the method with the arguments, in their order. */
	@Nullable Object call(@Nullable Object[] arguments) throws Exception {
		return invocable(this.method).invoke(new Arguments(arguments));
	}

	/** Calls another method of the bean with those of the arguments that it takes. */
	void callWith(Method other, Object... provided) throws Exception {
		invocable(other).invoke(new Arguments(new @Nullable Object[0]), provided);
	}

	private InvocableHandlerMethod invocable(Method called) {
		Object bean = this.beanFactory.getBean(this.beanName);
		InvocableHandlerMethod invocable = new InvocableHandlerMethod(bean, ProxiedMethods.select(called, bean));
		HandlerMethodArgumentResolverComposite resolvers = new HandlerMethodArgumentResolverComposite();
		resolvers.addResolver(new ByPosition());
		invocable.setMessageMethodArgumentResolvers(resolvers);
		return invocable;
	}

	/** What a method is called with. */
	private static final class Arguments extends GenericMessage<Object> {

		private static final long serialVersionUID = 1L;

		private final transient @Nullable Object[] values;

		Arguments(@Nullable Object[] values) {
			super(List.of());
			this.values = values;
		}

	}

	/** Takes each argument from its place. */
	private static final class ByPosition implements HandlerMethodArgumentResolver {

		@Override
		public boolean supportsParameter(MethodParameter parameter) {
			return true;
		}

		@Override
		public @Nullable Object resolveArgument(MethodParameter parameter, Message<?> message) {
			return ((Arguments) message).values[parameter.getParameterIndex()];
		}

	}

}

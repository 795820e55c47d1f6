package io.p2pboot.libp2p.spring.handler;

import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.UndeclaredThrowableException;
import java.nio.ByteBuffer;

import io.p2pboot.libp2p.Datagram;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.spring.payload.MessageCodec;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.core.MethodParameter;
import org.springframework.messaging.Message;
import org.springframework.messaging.handler.annotation.support.AnnotationExceptionHandlerMethodResolver;
import org.springframework.messaging.handler.invocation.HandlerMethodArgumentResolver;
import org.springframework.messaging.handler.invocation.HandlerMethodArgumentResolverComposite;
import org.springframework.messaging.handler.invocation.InvocableHandlerMethod;
import org.springframework.messaging.support.GenericMessage;

/**
 * Calls a method for a stream or a datagram: reads the message, calls, writes the reply.
 * Any number of threads.
 */
final class MethodCall {

	private static final ByteBuffer NO_MESSAGE = ByteBuffer.allocate(0).asReadOnlyBuffer();

	private final BeanFactory beanFactory;

	private final String beanName;

	private final Method method;

	private final HandlerSignature signature;

	private final MessageCodec codec;

	private final @Nullable PayloadValidator validator;

	private final AnnotationExceptionHandlerMethodResolver exceptionHandlers;

	private final HandlerMethodArgumentResolverComposite resolvers = new HandlerMethodArgumentResolverComposite();

	MethodCall(BeanFactory beanFactory, String beanName, Method method, HandlerSignature signature, MessageCodec codec,
			@Nullable PayloadValidator validator, AnnotationExceptionHandlerMethodResolver exceptionHandlers) {
		this.beanFactory = beanFactory;
		this.beanName = beanName;
		this.method = method;
		this.signature = signature;
		this.codec = codec;
		this.validator = validator;
		this.exceptionHandlers = exceptionHandlers;
		this.resolvers.addResolver(new CallArguments());
		this.resolvers.addResolver(new PayloadArgument());
	}

	void handle(Stream stream) throws IOException {
		Call call = Call.of(stream);
		try {
			ByteBuffer request = (this.signature.payload() != null) ? this.codec.read(stream) : NO_MESSAGE;
			Object reply = invoke(this.method, new CallMessage(call, request));
			HandlerSignature.Converted converted = this.signature.reply();
			if (converted != null) {
				reply(stream, reply, converted);
			}
		}
		catch (Exception ex) {
			Object answer = answer(call, ex);
			if (answer instanceof StreamReset reset) {
				throw suppressing(reset, ex);
			}
			if (answer != null) {
				reply(stream, answer, exceptionReply(answer));
			}
		}
	}

	void handle(Datagram datagram) throws IOException {
		Call call = Call.of(datagram);
		try {
			invoke(this.method, new CallMessage(call, datagram.payload().duplicate()));
		}
		catch (Exception ex) {
			answer(call, ex);
		}
	}

	private void reply(Stream stream, @Nullable Object reply, HandlerSignature.Converted converted) throws IOException {
		if (reply == null) {
			throw new IllegalStateException(this.method + " returned null instead of a reply");
		}
		this.codec.write(stream, converted.converter().encode(reply, converted.type()));
	}

	private HandlerSignature.Converted exceptionReply(Object answer) {
		HandlerSignature.Converted declared = this.signature.reply();
		Class<?> type = answer.getClass();
		if (declared != null && declared.type() == type) {
			return declared;
		}
		return this.codec.converter(type, this.codec.format())
			.map((converter) -> new HandlerSignature.Converted(type, converter))
			.orElseThrow(() -> new IllegalStateException("There is no converter for the reply " + type.getTypeName()));
	}

	/**
	 * What the class itself makes of a failure; null to end the stream without a word.
	 */
	private @Nullable Object answer(Call call, Exception failure) throws IOException {
		Method handler = this.exceptionHandlers.resolveMethod(failure);
		if (handler == null) {
			throw rethrown(failure);
		}
		try {
			Throwable cause = failure.getCause();
			return (cause != null) ? invoke(handler, new CallMessage(call, NO_MESSAGE), failure, cause)
					: invoke(handler, new CallMessage(call, NO_MESSAGE), failure);
		}
		catch (Exception ex) {
			if (ex != failure) {
				ex.addSuppressed(failure);
			}
			throw rethrown(ex);
		}
	}

	private static IOException suppressing(StreamReset reset, Exception failure) {
		reset.addSuppressed(failure);
		return reset;
	}

	private static IOException rethrown(Exception failure) {
		if (failure instanceof RuntimeException unchecked) {
			throw unchecked;
		}
		if (failure instanceof IOException io) {
			return io;
		}
		throw new UndeclaredThrowableException(failure);
	}

	private @Nullable Object invoke(Method method, CallMessage message, Object... provided) throws Exception {
		Object bean = this.beanFactory.getBean(this.beanName);
		InvocableHandlerMethod invocable = new InvocableHandlerMethod(bean,
				AopUtils.selectInvocableMethod(method, bean.getClass()));
		invocable.setMessageMethodArgumentResolvers(this.resolvers);
		return invocable.invoke(message, provided);
	}

	/** The stream or datagram with the bytes of its message. */
	private static final class CallMessage extends GenericMessage<ByteBuffer> {

		private static final long serialVersionUID = 1L;

		private final transient Call call;

		CallMessage(Call call, ByteBuffer payload) {
			super(payload);
			this.call = call;
		}

	}

	/** Who calls, and on what. */
	private static final class CallArguments implements HandlerMethodArgumentResolver {

		@Override
		public boolean supportsParameter(MethodParameter parameter) {
			return Call.provides(parameter.getParameterType());
		}

		@Override
		public Object resolveArgument(MethodParameter parameter, Message<?> message) throws IOException {
			return ((CallMessage) message).call.argument(parameter.getParameterType());
		}

	}

	/** The message itself. */
	private final class PayloadArgument implements HandlerMethodArgumentResolver {

		@Override
		public boolean supportsParameter(MethodParameter parameter) {
			return parameter.getParameterIndex() == MethodCall.this.signature.payloadIndex()
					&& !Throwable.class.isAssignableFrom(parameter.getParameterType());
		}

		@Override
		public Object resolveArgument(MethodParameter parameter, Message<?> message) throws IOException {
			HandlerSignature.Converted converted = MethodCall.this.signature.payload();
			if (converted == null) {
				throw new IllegalStateException("There is no message here");
			}
			Object payload = converted.converter().decode(((CallMessage) message).getPayload(), converted.type());
			Class<?>[] groups = MethodCall.this.signature.validationGroups();
			if (groups != null && MethodCall.this.validator != null) {
				MethodCall.this.validator.validate(payload, groups);
			}
			return payload;
		}

	}

}

package io.p2pboot.libp2p.spring.handler;

import java.io.EOFException;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Type;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

import io.p2pboot.libp2p.Datagram;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.spring.payload.InvalidMessage;
import io.p2pboot.libp2p.spring.payload.MessageCodec;
import io.p2pboot.libp2p.spring.payload.MessageReader;
import io.p2pboot.libp2p.spring.payload.MessageShape;
import io.p2pboot.libp2p.spring.payload.MessageWriter;
import io.p2pboot.libp2p.spring.payload.UnreadableMessage;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.core.MethodParameter;
import org.springframework.messaging.Message;
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

	private final List<Answers> answers;

	private final HandlerMethodArgumentResolverComposite resolvers = new HandlerMethodArgumentResolverComposite();

	MethodCall(BeanFactory beanFactory, String beanName, Method method, HandlerSignature signature, MessageCodec codec,
			@Nullable PayloadValidator validator, List<Answers> answers) {
		this.beanFactory = beanFactory;
		this.beanName = beanName;
		this.method = method;
		this.signature = signature;
		this.codec = codec;
		this.validator = validator;
		this.answers = List.copyOf(answers);
		this.resolvers.addResolver(new CallArguments());
		this.resolvers.addResolver(new WriterArgument());
		this.resolvers.addResolver(new PayloadArgument());
	}

	void handle(Stream stream) throws IOException {
		Call call = Call.of(stream);
		try (MessageCodec.Received request = request(stream);
				CallMessage message = new CallMessage(call, request.message())) {
			Object reply = invoke(this.beanName, this.method, message);
			this.signature.reply().write(stream, this.codec, reply);
		}
		catch (Throwable ex) {
			answer(call, stream, Failures.unwrap(ex));
		}
	}

	void handle(Datagram datagram) {
		Call call = Call.of(datagram);
		try {
			invoke(this.beanName, this.method, new CallMessage(call, datagram.payload().duplicate()));
		}
		catch (Throwable ex) {
			answer(call, null, Failures.unwrap(ex));
		}
	}

	private MessageCodec.Received request(Stream stream) throws IOException {
		if (this.signature.payload() == null || this.signature.shape().kind() == MessageShape.Kind.MANY) {
			return MessageCodec.Received.NONE;
		}
		try {
			return this.codec.receive(stream);
		}
		catch (EOFException | SocketTimeoutException ex) {
			throw new UnreadableMessage("There is no whole message: " + ex.getMessage(), ex);
		}
	}

	/**
	 * Lets the class itself, then advices, answer a failure: with a message, a reset, or
	 * nothing. What none has a method for, or what that throws, goes on.
	 */
	private void answer(Call call, @Nullable Stream stream, Throwable failure) {
		for (Answers each : this.answers) {
			Method handler = each.methods().method(failure);
			if (handler != null) {
				answer(each, handler, call, stream, failure);
				return;
			}
		}
		throw Failures.rethrow(failure);
	}

	private void answer(Answers answers, Method handler, Call call, @Nullable Stream stream, Throwable failure) {
		try {
			Object answer = invokeWith(answers.beanName(), handler, call, failure);
			if (answer != null && stream != null) {
				answers.methods().reply(handler).write(stream, this.codec, answer);
			}
		}
		catch (StreamReset ex) {
			throw Failures.rethrow((ex != failure) ? ex.causedBy(failure) : ex);
		}
		catch (Throwable ex) {
			throw Failures.rethrow(Failures.during(failure, Failures.unwrap(ex)));
		}
	}

	private @Nullable Object invokeWith(String beanName, Method handler, Call call, Throwable failure)
			throws Exception {
		CallMessage message = new CallMessage(call, NO_MESSAGE);
		Throwable cause = failure.getCause();
		return (cause != null) ? invoke(beanName, handler, message, failure, cause)
				: invoke(beanName, handler, message, failure);
	}

	private @Nullable Object invoke(String beanName, Method method, CallMessage message, Object... provided)
			throws Exception {
		Object bean = this.beanFactory.getBean(beanName);
		InvocableHandlerMethod invocable = new InvocableHandlerMethod(bean, ProxiedMethods.select(method, bean));
		invocable.setMessageMethodArgumentResolvers(this.resolvers);
		return invocable.invoke(message, provided);
	}

	/**
	 * A bean that answers failures.
	 *
	 * @param beanName the bean
	 * @param methods its methods that do
	 */
	record Answers(String beanName, ExceptionMethods methods) {
	}

	/** The stream or datagram with the bytes of its message. */
	private static final class CallMessage extends GenericMessage<ByteBuffer> implements AutoCloseable {

		private static final long serialVersionUID = 1L;

		private final transient Call call;

		/** Whatever reads messages, on any thread, ends with the call. */
		private final transient Queue<MessageReader<?>> readers = new ConcurrentLinkedQueue<>();

		CallMessage(Call call, ByteBuffer payload) {
			super(payload);
			this.call = call;
		}

		MessageReader<?> opened(MessageReader<?> reader) {
			this.readers.add(reader);
			return reader;
		}

		@Override
		public void close() throws IOException {
			for (MessageReader<?> reader : this.readers) {
				reader.close();
			}
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
			HandlerSignature signature = MethodCall.this.signature;
			HandlerSignature.Converted converted = signature.payload();
			if (converted == null) {
				throw new IllegalStateException("There is no message here");
			}
			CallMessage called = (CallMessage) message;
			if (signature.shape().kind() == MessageShape.Kind.MANY) {
				Stream stream = (Stream) called.call.argument(Stream.class);
				return signature.shape()
					.many(() -> called.opened(
							MethodCall.this.codec.reader(stream, converted.type(), signature.format(), this::check)));
			}
			Object payload = converted.converter().decode(called.getPayload(), converted.type());
			check(payload);
			return payload;
		}

		private void check(Object payload) throws InvalidMessage {
			Class<?>[] groups = MethodCall.this.signature.validationGroups();
			if (groups != null && MethodCall.this.validator != null) {
				MethodCall.this.validator.validate(payload, groups);
			}
		}

	}

	/** Writes messages in reply. */
	private final class WriterArgument implements HandlerMethodArgumentResolver {

		@Override
		public boolean supportsParameter(MethodParameter parameter) {
			return parameter.getParameterType() == MessageWriter.class;
		}

		@Override
		public Object resolveArgument(MethodParameter parameter, Message<?> message) throws IOException {
			HandlerSignature signature = MethodCall.this.signature;
			Type type = signature.writer();
			if (type == null) {
				throw new IllegalStateException("There is nothing to write here");
			}
			Stream stream = (Stream) ((CallMessage) message).call.argument(Stream.class);
			return new ReplyWriter<>(MethodCall.this.codec.writer(stream, type, signature.format()));
		}

	}

	/**
	 * Says that the peer is at fault where it does not take what is written.
	 *
	 * @param <T> the type of the messages
	 * @param writer writes
	 */
	private record ReplyWriter<T>(MessageWriter<T> writer) implements MessageWriter<T> {

		@Override
		public void write(T message) throws IOException {
			try {
				this.writer.write(message);
			}
			catch (SocketTimeoutException ex) {
				throw ReplyType.notTaken(ex);
			}
		}

		@Override
		public void close() throws IOException {
			this.writer.close();
		}

	}

}

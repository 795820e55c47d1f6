package io.p2pboot.libp2p.spring.client;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.spring.Libp2pProtocol;
import io.p2pboot.libp2p.spring.Libp2pTemplate;
import io.p2pboot.libp2p.spring.MessageExchange;
import io.p2pboot.libp2p.spring.payload.MessageCodec;
import io.p2pboot.libp2p.spring.payload.MessageReader;
import io.p2pboot.libp2p.spring.payload.MessageShape;
import io.p2pboot.libp2p.spring.payload.MessageTypes;
import io.p2pboot.libp2p.spring.payload.MessageWriter;
import io.p2pboot.libp2p.spring.payload.PayloadFormat;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.BeanExpressionException;
import org.springframework.core.GenericTypeResolver;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.core.ParameterizedTypeReference;
import org.springframework.core.ResolvableType;

/**
 * What one method of an interface calls. Immutable; made once, where whatever cannot be
 * called is refused.
 *
 * @param template calls
 * @param path the protocol
 * @param peer which parameter is the peer
 * @param message which parameter is the message; -1 if none is
 * @param sent the shape of that parameter
 * @param reply the shape of the reply
 * @param checked whether the method may throw an {@link IOException}
 */
record ClientMethod(Libp2pTemplate template, String path, int peer, int message, MessageShape sent, MessageShape reply,
		boolean checked) {

	private static final byte[] NO_MESSAGE = new byte[0];

	static ClientMethod of(Class<?> type, Method method, Libp2pProtocol protocol, Libp2pTemplate template,
			UnaryOperator<String> placeholders) {
		String described = describe(type, method);
		Libp2pTemplate called = template;
		PayloadFormat[] formats = protocol.format();
		if (formats.length > 1) {
			throw new InvalidClientException(described, "it names more than one format", "Name one format.");
		}
		if (formats.length == 1) {
			called = template.withFormat(formats[0]);
		}
		int peer = -1;
		int message = -1;
		MessageShape sent = MessageShape.of(byte[].class);
		Type[] parameters = method.getGenericParameterTypes();
		for (int index = 0; index < parameters.length; index++) {
			Type resolved = resolve(parameters[index], type);
			Class<?> parameter = ResolvableType.forType(resolved).toClass();
			if (parameter == PeerId.class || parameter == AddrInfo.class) {
				refuseIf(peer >= 0, described, "it has more than one peer as an argument", "Call one peer.");
				peer = index;
			}
			else {
				refuseIf(message >= 0, described, "it has more than one parameter for the message",
						"Keep one parameter for the message; a record can hold several values.");
				sent = MessageShape.of(resolved);
				refuseIf(sent.kind() == MessageShape.Kind.LATER, described, "its message comes later",
						"Take the message itself, or a Stream of several.");
				check(described, "its parameter " + index, sent, called);
				message = index;
			}
		}
		refuseIf(peer < 0, described, "no parameter says which peer to call",
				"Take an AddrInfo, or a PeerId where the node knows the peer's addresses.");
		MessageShape reply = MessageShape.of(resolve(method.getGenericReturnType(), type));
		if (!isNothing(reply)) {
			check(described, "its reply", reply, called);
		}
		boolean checked = Arrays.stream(method.getExceptionTypes())
			.anyMatch((thrown) -> thrown.isAssignableFrom(IOException.class));
		return new ClientMethod(called, path(described, protocol, placeholders), peer, message, sent, reply, checked);
	}

	/**
	 * The type that the interface gives to a type parameter of one that it extends, with
	 * the parameters of its own: a resolver alone makes a List of a {@code List<Reply>}.
	 */
	private static Type resolve(Type declared, Class<?> type) {
		Type given = (declared instanceof TypeVariable<?>) ? GenericTypeResolver.getTypeVariableMap(type).get(declared)
				: null;
		return GenericTypeResolver.resolveType((given != null) ? given : declared, type);
	}

	static String describe(Class<?> type, Method method) {
		return "method " + method.getName()
				+ Arrays.stream(method.getParameterTypes())
					.map(Class::getSimpleName)
					.collect(Collectors.joining(", ", "(", ")"))
				+ " of " + type.getName();
	}

	private static String path(String described, Libp2pProtocol protocol, UnaryOperator<String> placeholders) {
		refuseIf(protocol.value().length == 0, described, "its @Libp2pProtocol names no path",
				"Give the annotation a path, for example @Libp2pProtocol(\"/echo/1.0.0\").");
		String path = resolve(described, protocol.value()[0], placeholders);
		try {
			return ProtocolPath.of(path).value();
		}
		catch (IllegalArgumentException ex) {
			throw new InvalidClientException(described,
					"'" + path + "' is not a valid protocol path: " + ex.getMessage(),
					"Begin the path of @Libp2pProtocol with '/', for example /echo/1.0.0.");
		}
	}

	private static String resolve(String described, String path, UnaryOperator<String> placeholders) {
		String problem = "the placeholder in \"" + path + "\" is not resolved";
		String action = "Define the property, or give a default: ${name:default}.";
		try {
			String resolved = placeholders.apply(path);
			refuseIf(resolved.contains("${"), described, problem, action);
			return resolved;
		}
		catch (IllegalArgumentException ex) {
			throw new InvalidClientException(described, problem + ": " + ex.getMessage(), action);
		}
		catch (BeanExpressionException ex) {
			throw new InvalidClientException(described,
					"the expression in \"" + path + "\" cannot be evaluated: "
							+ NestedExceptionUtils.getMostSpecificCause(ex).getMessage(),
					"Correct what is between #{ and }.");
		}
	}

	private static boolean isNothing(MessageShape shape) {
		return shape.message() == void.class || shape.message() == Void.class;
	}

	private static void check(String described, String part, MessageShape shape, Libp2pTemplate template) {
		refuseIf(shape.container() == MessageReader.class || shape.container() == MessageWriter.class, described,
				part + " is a " + shape.container().getSimpleName(),
				"Take or return a Stream of the messages, or call Libp2pTemplate.exchange.");
		MessageTypes.refusal(shape.message()).ifPresent((reason) -> {
			throw new InvalidClientException(described, part + " is a " + reason,
					"Take a message and the peer, and return the reply or void.");
		});
		refuseIf(!template.supports(shape.message()), described,
				part + " cannot be a message: " + MessageCodec.noConverter(shape.message(), template.format()),
				"Add the library, or use byte[], ByteBuffer, String or a protobuf message.");
	}

	private static void refuseIf(boolean refused, String described, String problem, String action) {
		if (refused) {
			throw new InvalidClientException(described, problem, action);
		}
	}

	@Nullable Object call(@Nullable Object[] arguments) throws IOException {
		try {
			return switch (this.reply.kind()) {
				case ONE -> one(arguments);
				case LATER -> this.reply.later(() -> this.template.async(() -> one(arguments)));
				case MANY -> this.reply.many(() -> many(arguments));
			};
		}
		catch (UncheckedIOException ex) {
			if (this.checked) {
				throw ex.getCause();
			}
			throw ex;
		}
		catch (IOException ex) {
			if (this.checked) {
				throw ex;
			}
			throw new UncheckedIOException(ex);
		}
	}

	private @Nullable Object one(@Nullable Object[] arguments) throws IOException {
		if (this.sent.kind() == MessageShape.Kind.ONE) {
			return this.template.request(peer(arguments), this.path, message(arguments),
					ParameterizedTypeReference.forType(this.reply.message()));
		}
		try (MessageExchange<Object, Object> exchange = open(arguments)) {
			send(exchange, message(arguments));
			exchange.readTimeout(this.template.timeout());
			Optional<Object> answer = exchange.reader().read();
			if (isNothing(this.reply)) {
				return null;
			}
			return answer.orElseThrow(() -> new EOFException("The stream ended before a message came"));
		}
	}

	private MessageReader<?> many(@Nullable Object[] arguments) {
		try {
			Object message = message(arguments);
			MessageExchange<Object, Object> exchange = open(arguments);
			if (this.sent.kind() == MessageShape.Kind.MANY) {
				CompletableFuture<?> sending = this.template.async(() -> {
					send(exchange, message);
					return message;
				});
				// Also where it could not even begin: nobody would read to an end.
				sending.whenComplete((sent, failure) -> {
					if (failure != null) {
						exchange.reset(StreamReset.NO_ERROR);
					}
				});
				return new Answers(exchange, sending);
			}
			try {
				exchange.writer().write(message);
				exchange.writer().close();
			}
			catch (IOException | RuntimeException ex) {
				exchange.close();
				throw ex;
			}
			return new Answers(exchange, CompletableFuture.completedFuture(message));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private MessageExchange<Object, Object> open(@Nullable Object[] arguments) throws IOException {
		Type received = isNothing(this.reply) ? byte[].class : this.reply.message();
		return this.template.exchange(peer(arguments), this.path,
				ParameterizedTypeReference.forType(this.sent.message()), ParameterizedTypeReference.forType(received));
	}

	/** What the peer does not take is not asked for either. */
	private void send(MessageExchange<Object, Object> exchange, Object value) throws IOException {
		try (MessageShape.Messages messages = this.sent.messages(value)) {
			while (messages.iterator().hasNext()) {
				exchange.writer().write(messages.iterator().next());
			}
			exchange.writer().close();
		}
		catch (IOException | RuntimeException ex) {
			exchange.reset(StreamReset.NO_ERROR);
			throw ex;
		}
	}

	private AddrInfo peer(@Nullable Object[] arguments) {
		Object peer = arguments[this.peer];
		if (peer instanceof AddrInfo info) {
			return info;
		}
		if (peer instanceof PeerId id) {
			return AddrInfo.of(id);
		}
		throw new IllegalArgumentException("There is no peer to call: the argument is null");
	}

	private Object message(@Nullable Object[] arguments) {
		if (this.message < 0) {
			return NO_MESSAGE;
		}
		Object message = arguments[this.message];
		if (message == null) {
			throw new IllegalArgumentException("There is no message to send: the argument is null");
		}
		return message;
	}

	/**
	 * What a peer answers while messages are sent to it.
	 *
	 * @param exchange the messages
	 * @param sending ends when all is sent
	 */
	private record Answers(MessageExchange<Object, Object> exchange,
			CompletableFuture<?> sending) implements MessageReader<Object> {

		@Override
		public Optional<Object> read() throws IOException {
			try {
				return this.exchange.reader().read();
			}
			catch (IOException ex) {
				if (this.sending.isCompletedExceptionally()) {
					this.sending.whenComplete((sent, failure) -> ex.addSuppressed(failure));
				}
				throw ex;
			}
		}

		@Override
		public void close() throws IOException {
			this.sending.cancel(true);
			this.exchange.close();
		}

	}

}

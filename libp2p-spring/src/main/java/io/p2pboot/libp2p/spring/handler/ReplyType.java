package io.p2pboot.libp2p.spring.handler;

import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Type;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;

import io.p2pboot.libp2p.LimitExceeded;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamProtocol;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.spring.payload.MessageCodec;
import io.p2pboot.libp2p.spring.payload.MessageTypes;
import io.p2pboot.libp2p.spring.payload.PayloadFormat;
import org.jspecify.annotations.Nullable;

import org.springframework.core.GenericTypeResolver;
import org.springframework.core.ResolvableType;

/**
 * What a method returns, and how that is answered: a message, a reset, or nothing.
 * Immutable; made once, at startup, where whatever cannot be sent is refused.
 *
 * @param kind what is declared
 * @param declared the declared type, with the variables of the bean's class resolved
 * @param format the format of objects
 * @param handler the method, described for errors
 */
record ReplyType(Kind kind, Type declared, PayloadFormat format, String handler) {

	/** With which a stream is reset whose peer does not take the reply in time. */
	static final long NOT_TAKEN_RESET_CODE = 408;

	private static final long MAX_CODE = 0xFFFF_FFFFL;

	/**
	 * What a method declares to return.
	 */
	enum Kind {

		/** Nothing. */
		NONE,

		/** A reset, or null for nothing. */
		RESET,

		/** A message, or whatever turns out to be one. */
		MESSAGE

	}

	static ReplyType of(FoundHandler<?> found, Method method, PayloadFormat format, MessageCodec codec) {
		Type declared = GenericTypeResolver.resolveType(method.getGenericReturnType(), found.type());
		Class<?> raw = ResolvableType.forType(declared).resolve(Object.class);
		String handler = found.describe(method);
		if (raw == void.class || raw == Void.class) {
			return new ReplyType(Kind.NONE, declared, format, handler);
		}
		if (raw == StreamReset.class) {
			return new ReplyType(Kind.RESET, declared, format, handler);
		}
		MessageTypes.refusal(declared).ifPresent((reason) -> {
			throw found.refusal(handler, "it returns a " + reason,
					"Return the reply itself: the method has a thread of its own, and may block.");
		});
		if (CharSequence.class.isAssignableFrom(raw)) {
			declared = String.class;
		}
		HandlerSignature.converter(found, handler, declared, format, codec);
		return new ReplyType(Kind.MESSAGE, declared, format, handler);
	}

	/**
	 * Answers with what the method returned.
	 * @throws StreamReset if that is a reset
	 */
	void write(Stream stream, MessageCodec codec, @Nullable Object value) throws IOException {
		if (value instanceof StreamReset reset) {
			throw local(reset);
		}
		if (this.kind != Kind.MESSAGE) {
			return;
		}
		if (value == null) {
			throw new IllegalStateException(this.handler + " returned null instead of a reply");
		}
		try {
			codec.write(stream, encode(codec, value));
		}
		catch (LimitExceeded ex) {
			throw new IOException("The reply of " + this.handler + " is too long: " + ex.getMessage(), ex);
		}
		catch (SocketTimeoutException ex) {
			throw StreamReset.local(NOT_TAKEN_RESET_CODE, "The reply was not taken in time").causedBy(ex);
		}
	}

	private ByteBuffer encode(MessageCodec codec, Object value) throws IOException {
		try {
			return codec.encode(value, this.declared, this.format);
		}
		catch (IllegalArgumentException ex) {
			throw new IllegalStateException("The reply of " + this.handler + " cannot be sent: " + ex.getMessage(),
					(ex.getCause() != null) ? ex.getCause() : ex);
		}
	}

	/** A reset that came from another peer is passed on with its code. */
	private static StreamReset local(StreamReset reset) {
		long code = reset.code().orElse(StreamProtocol.HANDLER_FAILED);
		return (reset.isRemote() && code <= MAX_CODE) ? StreamReset.local(code, "as another peer did").causedBy(reset)
				: reset;
	}

}

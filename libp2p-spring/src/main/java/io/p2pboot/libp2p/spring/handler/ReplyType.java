package io.p2pboot.libp2p.spring.handler;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.reflect.Method;
import java.lang.reflect.Type;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import io.p2pboot.libp2p.LimitExceeded;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamProtocol;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.spring.payload.MessageCodec;
import io.p2pboot.libp2p.spring.payload.MessageReader;
import io.p2pboot.libp2p.spring.payload.MessageShape;
import io.p2pboot.libp2p.spring.payload.MessageTypes;
import io.p2pboot.libp2p.spring.payload.MessageWriter;
import io.p2pboot.libp2p.spring.payload.PayloadFormat;
import org.jspecify.annotations.Nullable;

import org.springframework.core.GenericTypeResolver;
import org.springframework.core.ResolvableType;

/**
 * What a method returns, and how that is answered: a message, a reset, or nothing.
 * Immutable; made once, at startup, where whatever cannot be sent is refused.
 *
 * @param kind what is declared
 * @param shape whether that is one message, one that comes later, or several
 * @param declared the declared type of a message
 * @param format the format of objects
 * @param handler the method, described for errors
 */
record ReplyType(Kind kind, MessageShape shape, Type declared, PayloadFormat format, String handler) {

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
		MessageShape shape = MessageShape
			.of(GenericTypeResolver.resolveType(method.getGenericReturnType(), found.type()));
		Type declared = shape.message();
		Class<?> raw = ResolvableType.forType(declared).resolve(Object.class);
		String handler = found.describe(method);
		if (shape.container() == MessageReader.class || shape.container() == MessageWriter.class) {
			throw found.refusal(handler, "it returns a " + shape.container().getSimpleName(),
					"Take a MessageWriter and return void, or return a Stream of the messages.");
		}
		if (raw == void.class || raw == Void.class) {
			return new ReplyType(Kind.NONE, shape, declared, format, handler);
		}
		requireAsyncReply(found, method, handler);
		if (raw == StreamReset.class && shape.kind() != MessageShape.Kind.MANY) {
			return new ReplyType(Kind.RESET, shape, declared, format, handler);
		}
		MessageTypes.refusal(declared).ifPresent((reason) -> {
			throw found.refusal(handler, "it returns a " + reason,
					"Return the reply itself, a CompletableFuture of it, or a Stream of several.");
		});
		if (CharSequence.class.isAssignableFrom(raw)) {
			declared = String.class;
		}
		HandlerSignature.converter(found, handler, declared, format, codec);
		return new ReplyType(Kind.MESSAGE, shape, declared, format, handler);
	}

	/** What is run later can return nothing but a future. */
	private static void requireAsyncReply(FoundHandler<?> found, Method method, String handler) {
		if (found.isAsync(method) && method.getReturnType() != CompletableFuture.class) {
			throw found.refusal(handler, "it is @Async, and returns a " + method.getReturnType().getSimpleName(),
					"Remove @Async, since each call has a thread of its own, or return a CompletableFuture of the reply.");
		}
	}

	/** Whether there is nothing to write, and nothing to wait for. */
	boolean isNothing() {
		return this.kind == Kind.NONE && this.shape.kind() == MessageShape.Kind.ONE;
	}

	/**
	 * Answers with what the method returned.
	 * @throws StreamReset if that is a reset
	 * @throws ExecutionException if a future failed
	 */
	void write(Stream stream, MessageCodec codec, @Nullable Object value) throws IOException, ExecutionException {
		if (value == null || value instanceof StreamReset) {
			writeOne(stream, codec, value);
			return;
		}
		switch (this.shape.kind()) {
			case ONE -> writeOne(stream, codec, value);
			case LATER -> writeOne(stream, codec, await(stream, value));
			case MANY -> writeAll(stream, codec, value);
		}
	}

	/** Waits as long as the peer does: what never comes must not hold the thread. */
	private @Nullable Object await(Stream stream, Object value) throws IOException, ExecutionException {
		CompletableFuture<?> future = this.shape.future(value);
		try {
			while (true) {
				try {
					return future.get(MessageShape.LOOK.toNanos(), TimeUnit.NANOSECONDS);
				}
				catch (TimeoutException ex) {
					checkWanted(stream);
				}
			}
		}
		catch (InterruptedException ex) {
			future.cancel(true);
			Thread.currentThread().interrupt();
			throw new InterruptedIOException("Interrupted while " + this.handler + " was waited for");
		}
		catch (IOException ex) {
			future.cancel(true);
			throw ex;
		}
	}

	/** What is not taken is not asked for either; whatever ends it ends its source. */
	private void writeAll(Stream stream, MessageCodec codec, Object value) throws IOException {
		try (MessageShape.Messages messages = this.shape.messages(value, stream::isOpen)) {
			while (messages.iterator().hasNext()) {
				writeOne(stream, codec, messages.iterator().next());
			}
		}
		catch (CancellationException ex) {
			checkWanted(stream);
			throw ex;
		}
	}

	/** Fails with what has ended a stream, if that was not the handler. */
	private static void checkWanted(Stream stream) throws IOException {
		if (stream.isOpen()) {
			return;
		}
		try {
			stream.write(ByteBuffer.allocate(0));
		}
		catch (ClosedChannelException ex) {
			// The handler has closed it, and may still have something to do.
			return;
		}
	}

	private void writeOne(Stream stream, MessageCodec codec, @Nullable Object value) throws IOException {
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
			throw notTaken(ex);
		}
	}

	static StreamReset notTaken(SocketTimeoutException cause) {
		return StreamReset.local(NOT_TAKEN_RESET_CODE, "The reply was not taken in time").causedBy(cause);
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

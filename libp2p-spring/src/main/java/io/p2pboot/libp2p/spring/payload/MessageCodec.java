package io.p2pboot.libp2p.spring.payload;

import java.io.EOFException;
import java.io.IOException;
import java.lang.reflect.Type;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

import io.p2pboot.libp2p.ErrorCode;
import io.p2pboot.libp2p.LimitExceeded;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.blocking.PeerWait;
import io.p2pboot.libp2p.multiformats.Varint;
import io.p2pboot.libp2p.netty.MessageMemory;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes messages: each one follows its length in bytes, an unsigned varint, as
 * other libp2p stacks write it. Thread-safe.
 *
 * @param converters what messages are made of, in the order in which they are asked
 * @param format the format of objects, unless a handler names one
 * @param maxMessageBytes the longest message, read or written
 * @param timeout how long one message may take to come, or to go
 */
public record MessageCodec(List<PayloadConverter> converters, PayloadFormat format, int maxMessageBytes,
		Duration timeout) {

	/** The name of the limit in a {@link LimitExceeded}. */
	public static final String LIMIT = "message size";

	/** The code with which a stream is reset whose message is too long. */
	public static final long TOO_LARGE_RESET_CODE = 413;

	/** The longest message where nothing else is said. */
	public static final int DEFAULT_MAX_MESSAGE_BYTES = 4 << 20;

	/** How long a message may take where nothing else is said. */
	public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(30);

	/** How much is allocated before the bytes are there. */
	static final int FIRST_CHUNK_BYTES = 8192;

	/**
	 * Checks the settings.
	 * @param converters the converters
	 * @param format the format of objects
	 * @param maxMessageBytes the longest message, positive
	 * @param timeout the time for a message, positive
	 * @throws IllegalArgumentException if the size or the time is not positive
	 */
	public MessageCodec {
		converters = List.copyOf(converters);
		if (maxMessageBytes < 1) {
			throw new IllegalArgumentException("The longest message must be positive, was " + maxMessageBytes);
		}
		if (timeout.isNegative() || timeout.isZero()) {
			throw new IllegalArgumentException("The time for a message must be positive, was " + timeout);
		}
	}

	/**
	 * Creates a codec with the converters whose libraries are on the class path and the
	 * default limits; objects are JSON.
	 * @return the codec
	 */
	public static MessageCodec withDefaults() {
		return new MessageCodec(PayloadConverters.present(DEFAULT_MAX_MESSAGE_BYTES), PayloadFormat.JSON,
				DEFAULT_MAX_MESSAGE_BYTES, DEFAULT_TIMEOUT);
	}

	/**
	 * Returns a codec for messages of another size.
	 * @param maxMessageBytes the longest message, positive
	 * @return the codec; this one is not changed
	 */
	public MessageCodec limitedTo(int maxMessageBytes) {
		return new MessageCodec(this.converters.stream().map((each) -> each.limitedTo(maxMessageBytes)).toList(),
				this.format, maxMessageBytes, this.timeout);
	}

	/**
	 * Finds the converter of a type.
	 * @param type the declared type
	 * @param format the format of objects
	 * @return the first converter that supports it; empty if there is none
	 */
	public Optional<PayloadConverter> converter(Type type, PayloadFormat format) {
		return this.converters.stream().filter((converter) -> converter.supports(type, format)).findFirst();
	}

	/**
	 * Encodes an object: with the first converter that supports the declared type or the
	 * object's own class. Any {@link CharSequence} is text.
	 * @param value the object
	 * @param declared the declared type, which may be an interface or a superclass of the
	 * object's class
	 * @param format the format of objects
	 * @return the message, without its length
	 * @throws IOException if the object cannot be encoded
	 * @throws IllegalArgumentException if there is no converter, or if the object is an
	 * exception: none ever travels as a message
	 */
	public ByteBuffer encode(Object value, Type declared, PayloadFormat format) throws IOException {
		if (value instanceof Throwable failure) {
			throw new IllegalArgumentException(
					"A " + value.getClass().getName() + " is an exception, which never travels as a message", failure);
		}
		if (value instanceof CharSequence && !(value instanceof String)) {
			return encode(value.toString(), String.class, format);
		}
		for (PayloadConverter converter : this.converters) {
			if (converter.supports(declared, format)) {
				return converter.encode(value, declared);
			}
			if (converter.supports(value.getClass(), format)) {
				return converter.encode(value, value.getClass());
			}
		}
		throw new IllegalArgumentException(noConverter(value.getClass(), format));
	}

	/**
	 * Says that a type has no converter, and what brings one.
	 * @param type the type
	 * @param format the format of objects
	 * @return the text of an error
	 */
	public static String noConverter(Type type, PayloadFormat format) {
		return "There is no converter for " + type.getTypeName() + " in " + format
				+ "; objects need org.springframework.boot:spring-boot-starter-jackson";
	}

	/**
	 * Reads a message with the timeout of this codec. See
	 * {@link #read(Stream, Duration)}.
	 * @param stream the stream
	 * @return the message, without its length
	 * @throws IOException if there is no such message
	 */
	public ByteBuffer read(Stream stream) throws IOException {
		return read(stream, this.timeout);
	}

	/**
	 * Reads a message. Blocks. For a message that is too long nothing is allocated, and
	 * for one that is not no more than twice of what has arrived. What is longer than 8
	 * KiB waits for room in {@link MessageMemory}, which counts it until all of it has
	 * come.
	 * @param stream the stream
	 * @param timeout how long the whole message may take to come; positive
	 * @return the message, without its length
	 * @throws LimitExceeded if it is longer than allowed; nothing of it was read
	 * @throws EOFException if the stream ends before or within it
	 * @throws SocketTimeoutException if it takes too long
	 * @throws UnreadableMessage if its length is no varint
	 * @throws StreamReset if there was no room for it: the stream was reset with
	 * {@link ErrorCode#RESOURCE_LIMIT_EXCEEDED}
	 * @throws IOException if the stream failed
	 */
	public ByteBuffer read(Stream stream, Duration timeout) throws IOException {
		try (Received received = receive(stream, timeout, MessageMemory.ofProcess())) {
			return received.message();
		}
	}

	/**
	 * Reads a message whose memory is counted until it is closed. Blocks. Otherwise as
	 * {@link #read(Stream)}.
	 * @param stream the stream
	 * @return the message; to be closed when it is handled
	 * @throws IOException if there is no such message
	 */
	public Received receive(Stream stream) throws IOException {
		return receive(stream, this.timeout, MessageMemory.ofProcess());
	}

	Received receive(Stream stream, Duration timeout, MessageMemory memory) throws IOException {
		return receive(stream, timeout, memory, -1);
	}

	/** The next of several messages: that one comes may take any time. */
	Optional<Received> next(Stream stream) throws IOException {
		int first = stream.inputStream().read();
		return (first < 0) ? Optional.empty()
				: Optional.of(receive(stream, this.timeout, MessageMemory.ofProcess(), first));
	}

	private Received receive(Stream stream, Duration timeout, MessageMemory memory, int first) throws IOException {
		long deadline = System.nanoTime() + timeout.toNanos();
		MessageMemory.Gathering gathering = null;
		try {
			boolean marked = stream instanceof ErrorBodyStream bodies && !bodies.serving();
			int length = readLength(stream, deadline, first, marked ? 1 : 0);
			if (length > FIRST_CHUNK_BYTES) {
				// Smaller ones need not ask: there are no more of them than threads.
				gathering = memory.begin(stream.remotePeer().id(), () -> refuse(stream));
				reserve(stream, length, deadline, gathering);
			}
			ByteBuffer body = gather(stream, length, deadline, gathering);
			ByteBuffer message = marked ? ErrorBodies.message(body) : body;
			Received received = new Received(message, gathering);
			gathering = null;
			return received;
		}
		finally {
			if (gathering != null) {
				gathering.close();
			}
			stream.readTimeout(Duration.ZERO);
		}
	}

	private static void reserve(Stream stream, int length, long deadline, MessageMemory.Gathering gathering)
			throws IOException {
		waiting(stream, true);
		try {
			gathering.reserve(length, deadline - System.nanoTime(), stream::isOpen);
		}
		catch (LimitExceeded ex) {
			refuse(stream);
			throw StreamReset.local(ErrorCode.RESOURCE_LIMIT_EXCEEDED.stream(), String.valueOf(ex.getMessage()));
		}
		finally {
			waiting(stream, false);
		}
	}

	private static void waiting(Stream stream, boolean waits) {
		if (stream instanceof PeerWait wait) {
			wait.waiting(waits);
		}
	}

	private static void refuse(Stream stream) {
		stream.reset(ErrorCode.RESOURCE_LIMIT_EXCEEDED.stream());
	}

	private static ByteBuffer gather(Stream stream, int length, long deadline,
			MessageMemory.@Nullable Gathering gathering) throws IOException {
		byte[] body = new byte[Math.min(length, FIRST_CHUNK_BYTES)];
		int filled = 0;
		while (filled < length) {
			if (filled == body.length) {
				body = Arrays.copyOf(body, (int) Math.min(length, 2L * body.length));
			}
			await(stream, deadline);
			int read = stream.read(ByteBuffer.wrap(body, filled, body.length - filled));
			if (read < 0) {
				throw new EOFException("The stream ended " + (length - filled) + " bytes before its message did");
			}
			filled += read;
			if (gathering != null) {
				gathering.progressed();
			}
		}
		if (gathering != null) {
			gathering.complete();
		}
		return ByteBuffer.wrap(body);
	}

	/**
	 * A message that has come, and whose memory is counted until it is closed.
	 */
	public static final class Received implements AutoCloseable {

		/** What stands for a message where none is read. */
		public static final Received NONE = new Received(ByteBuffer.allocate(0).asReadOnlyBuffer(), null);

		private final ByteBuffer message;

		private final MessageMemory.@Nullable Gathering memory;

		private Received(ByteBuffer message, MessageMemory.@Nullable Gathering memory) {
			this.message = message;
			this.memory = memory;
		}

		/**
		 * Returns the message.
		 * @return the message, without its length
		 */
		public ByteBuffer message() {
			return this.message;
		}

		@Override
		public void close() {
			if (this.memory != null) {
				this.memory.close();
			}
		}

	}

	/**
	 * Reads the messages of a stream one after the other.
	 * @param <T> the type of the messages
	 * @param stream the stream
	 * @param type the type of the messages
	 * @param format the format of objects
	 * @param check checks each message
	 * @return the reader; to be closed
	 * @throws IllegalArgumentException if there is no converter
	 */
	public <T> MessageReader<T> reader(Stream stream, Type type, PayloadFormat format, MessageCheck check) {
		PayloadConverter converter = converter(type, format)
			.orElseThrow(() -> new IllegalArgumentException(noConverter(type, format)));
		return new StreamMessages.Reader<>(this, stream, converter, type, check);
	}

	/**
	 * Writes messages to a stream one after the other.
	 * @param <T> the type of the messages
	 * @param stream the stream
	 * @param type the declared type of the messages
	 * @param format the format of objects
	 * @return the writer; closing it ends our side of the stream
	 */
	public <T> MessageWriter<T> writer(Stream stream, Type type, PayloadFormat format) {
		return new StreamMessages.Writer<>(this, stream, type, format);
	}

	/**
	 * Waits until the peer ends the stream without a message. Blocks.
	 * @param stream the stream
	 * @param timeout how long to wait; positive
	 * @throws UnreadableMessage if a message comes instead
	 * @throws SocketTimeoutException if it takes too long
	 * @throws IOException if the stream failed
	 */
	public void readEnd(Stream stream, Duration timeout) throws IOException {
		try {
			stream.readTimeout(timeout);
			int first = stream.inputStream().read();
			if (first >= 0 && stream instanceof ErrorBodyStream) {
				receive(stream, timeout, MessageMemory.ofProcess(), first).close();
			}
			if (first >= 0) {
				throw new UnreadableMessage("A message came where none was expected");
			}
		}
		finally {
			stream.readTimeout(Duration.ZERO);
		}
	}

	private int readLength(Stream stream, long deadline, int first, int marks) throws IOException {
		ByteBuffer prefix = ByteBuffer.allocate(Varint.MAX_BYTES);
		int next = (first >= 0) ? first : readByte(stream, deadline);
		prefix.put((byte) next);
		while (next >= 0x80 && prefix.hasRemaining()) {
			next = readByte(stream, deadline);
			prefix.put((byte) next);
		}
		long length = length(prefix.flip());
		if (length - marks > this.maxMessageBytes) {
			throw new LimitExceeded(LIMIT, length - marks, this.maxMessageBytes);
		}
		return Math.toIntExact(length);
	}

	private static int readByte(Stream stream, long deadline) throws IOException {
		await(stream, deadline);
		int next = stream.inputStream().read();
		if (next < 0) {
			throw new EOFException("The stream ended before a message came");
		}
		return next;
	}

	private static long length(ByteBuffer prefix) throws UnreadableMessage {
		try {
			return Varint.read(prefix);
		}
		catch (IOException ex) {
			throw new UnreadableMessage("The length of the message is not a varint: " + ex.getMessage(), ex);
		}
	}

	private static void await(Stream stream, long deadline) throws SocketTimeoutException {
		long left = deadline - System.nanoTime();
		if (left <= 0) {
			throw new SocketTimeoutException("The message did not come in time");
		}
		stream.readTimeout(Duration.ofNanos(left));
	}

	/**
	 * Writes a message. Blocks while the peer's window is full.
	 * @param stream the stream
	 * @param message the bytes that remain; consumed
	 * @throws LimitExceeded if it is longer than allowed; nothing was written
	 * @throws IOException if the stream failed or the peer takes too long
	 */
	public void write(Stream stream, ByteBuffer message) throws IOException {
		int length = message.remaining();
		if (length > this.maxMessageBytes) {
			throw new LimitExceeded(LIMIT, length, this.maxMessageBytes);
		}
		stream.writeTimeout(this.timeout);
		try {
			boolean marked = stream instanceof ErrorBodyStream bodies && bodies.serving();
			int framedBytes = length + (marked ? 1 : 0);
			ByteBuffer framed = ByteBuffer.allocate(Varint.size(framedBytes) + framedBytes);
			Varint.write(framedBytes, framed);
			if (marked) {
				framed.put(ErrorBodies.MESSAGE);
			}
			stream.write(framed.put(message).flip());
		}
		finally {
			stream.writeTimeout(Duration.ZERO);
		}
	}

}

package io.p2pboot.libp2p.spring.payload;

import java.io.EOFException;
import java.io.IOException;
import java.lang.reflect.Type;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

import io.p2pboot.libp2p.Stream;
import org.jspecify.annotations.Nullable;

import org.springframework.util.Assert;

/**
 * Messages over one stream in both directions.
 */
final class StreamMessages {

	private StreamMessages() {
	}

	/**
	 * Reads messages. The memory of one is counted until the next one is asked for. One
	 * thread at a time; any thread may close it.
	 *
	 * @param <T> the type of the messages
	 */
	static final class Reader<T> implements MessageReader<T> {

		private final MessageCodec codec;

		private final Stream stream;

		private final PayloadConverter converter;

		private final Type type;

		private final MessageCheck check;

		private final AtomicReference<MessageCodec.@Nullable Received> last = new AtomicReference<>();

		private volatile boolean ended;

		private volatile boolean closed;

		Reader(MessageCodec codec, Stream stream, PayloadConverter converter, Type type, MessageCheck check) {
			this.codec = codec;
			this.stream = stream;
			this.converter = converter;
			this.type = type;
			this.check = check;
		}

		@Override
		@SuppressWarnings("unchecked")
		public Optional<T> read() throws IOException {
			release();
			if (this.ended) {
				return Optional.empty();
			}
			Optional<MessageCodec.Received> next = next();
			if (next.isEmpty()) {
				this.ended = true;
				return Optional.empty();
			}
			this.last.set(next.get());
			if (this.closed) {
				release();
				throw new ClosedChannelException();
			}
			T message = (T) this.converter.decode(next.get().message(), this.type);
			this.check.check(message);
			return Optional.of(message);
		}

		private Optional<MessageCodec.Received> next() throws IOException {
			try {
				return this.codec.next(this.stream);
			}
			catch (EOFException | SocketTimeoutException ex) {
				throw new UnreadableMessage("There is no whole message: " + ex.getMessage(), ex);
			}
		}

		private void release() {
			MessageCodec.Received received = this.last.getAndSet(null);
			if (received != null) {
				received.close();
			}
		}

		@Override
		public void close() throws IOException {
			this.closed = true;
			this.ended = true;
			release();
			this.stream.inputStream().close();
		}

	}

	/**
	 * Writes messages. One thread at a time.
	 *
	 * @param <T> the type of the messages
	 * @param codec encodes and frames
	 * @param stream the stream
	 * @param type the declared type
	 * @param format the format of objects
	 */
	record Writer<T>(MessageCodec codec, Stream stream, Type type, PayloadFormat format) implements MessageWriter<T> {

		@Override
		public void write(T message) throws IOException {
			Assert.notNull(message, "There is no message to send: it is null");
			this.codec.write(this.stream, this.codec.encode(message, this.type, this.format));
		}

		@Override
		public void close() throws IOException {
			this.stream.closeWrite();
		}

	}

}

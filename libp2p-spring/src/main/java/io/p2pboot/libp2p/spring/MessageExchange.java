package io.p2pboot.libp2p.spring;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Optional;

import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.spring.payload.MessageReader;
import io.p2pboot.libp2p.spring.payload.MessageWriter;
import io.p2pboot.libp2p.spring.payload.UnreadableMessage;
import io.p2pboot.libp2p.spring.payload.UnreadableReply;

/**
 * Messages to a peer and messages of it over one stream, both at once: one thread may
 * write while another one reads. Opened with {@link Libp2pTemplate#exchange}.
 *
 * @param <S> the type of the messages that are sent
 * @param <R> the type of the messages that are received
 */
public final class MessageExchange<S, R> implements Closeable {

	private final Stream stream;

	private final MessageWriter<S> writer;

	private final ReplyReader<R> reader;

	MessageExchange(Stream stream, MessageWriter<S> writer, MessageReader<R> reader) {
		this.stream = stream;
		this.writer = writer;
		this.reader = new ReplyReader<>(stream, reader);
	}

	/**
	 * Returns what sends messages. Closing it ends our side; reading goes on.
	 * @return the writer
	 */
	public MessageWriter<S> writer() {
		return this.writer;
	}

	/**
	 * Returns what reads messages. What the peer sends that is not of the type is an
	 * {@link UnreadableReply}.
	 * @return the reader
	 */
	public MessageReader<R> reader() {
		return this.reader;
	}

	/**
	 * Limits how long each read may wait for the next message to begin.
	 * @param timeout the time; zero for no limit, which is the default
	 */
	public void readTimeout(Duration timeout) {
		this.reader.timeout = timeout;
	}

	/**
	 * Ends the stream with an error that the peer sees.
	 * @param code the code, 0 to 2^32-1
	 * @throws IllegalArgumentException if the code is out of range
	 */
	public void reset(long code) {
		this.stream.reset(code);
	}

	/**
	 * Ends both sides: quietly if the peer has ended its own, else with a reset, so that
	 * the peer does not go on for nobody. Idempotent.
	 */
	@Override
	public void close() throws IOException {
		if (this.reader.ended) {
			this.stream.close();
		}
		else {
			this.stream.reset(StreamReset.NO_ERROR);
		}
		this.reader.reader.close();
	}

	/** Tells the fault of the peer that was called from that of one that calls. */
	private static final class ReplyReader<R> implements MessageReader<R> {

		private final Stream stream;

		private final MessageReader<R> reader;

		private volatile Duration timeout = Duration.ZERO;

		private volatile boolean ended;

		ReplyReader(Stream stream, MessageReader<R> reader) {
			this.stream = stream;
			this.reader = reader;
		}

		@Override
		public Optional<R> read() throws IOException {
			this.stream.readTimeout(this.timeout);
			try {
				Optional<R> message = this.reader.read();
				this.ended |= message.isEmpty();
				return message;
			}
			catch (UnreadableMessage ex) {
				if (ex.getCause() instanceof SocketTimeoutException || ex.getCause() instanceof EOFException) {
					throw (IOException) ex.getCause();
				}
				throw new UnreadableReply(ex);
			}
		}

		@Override
		public void close() throws IOException {
			this.reader.close();
		}

	}

}

package io.p2pboot.libp2p.netty;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.p2pboot.libp2p.ErrorCode;
import io.p2pboot.libp2p.multiformats.Varint;

/**
 * A stream of messages, each behind its length as an unsigned varint: how most libp2p
 * protocols talk. It cuts what arrives into messages of at most a given size, ends the
 * stream when a deadline passes, and tells its {@link Handler} of each message and of the
 * end. Thread-safe; the handler is called on the stream's event loop.
 *
 * <p>
 * A message that is too long, a length that is not minimal, an end of the peer's side
 * within a message and an {@link IOException} of the handler reset the stream with
 * {@link ErrorCode#PROTOCOL_VIOLATION}.
 */
public final class MessageChannel {

	private final StreamChannel stream;

	private final MessageCodec codec;

	private MessageChannel(StreamChannel stream, int maxBytes, Handler handler) {
		this.stream = stream;
		this.codec = new MessageCodec(this, maxBytes, handler);
	}

	/**
	 * Makes a stream one of messages. Called from a {@link StreamInitializer}.
	 * @param stream the stream, to which no handler was added yet
	 * @param maxBytes the longest message that the peer may send, in bytes without its
	 * length; positive
	 * @param handler takes the messages
	 * @return the channel
	 * @throws IllegalArgumentException if the size is not positive
	 */
	public static MessageChannel open(StreamChannel stream, int maxBytes, Handler handler) {
		if (maxBytes < 1) {
			throw new IllegalArgumentException("maxBytes must be positive, was " + maxBytes);
		}
		MessageChannel channel = new MessageChannel(stream, maxBytes, handler);
		stream.pipeline().addLast(channel.codec);
		return channel;
	}

	/**
	 * Returns the stream. Its auto-read setting and its water marks may be changed.
	 * @return the stream
	 */
	public StreamChannel stream() {
		return this.stream;
	}

	/**
	 * Sends a message.
	 * @param message the message, without its length; its content is copied
	 * @return completes when it is on its way to the multiplexer
	 */
	public ChannelFuture send(ByteBuffer message) {
		return this.stream.writeAndFlush(frame(message));
	}

	/**
	 * Writes a message that leaves with the next {@link #flush} or {@link #send}.
	 * @param message the message, without its length; its content is copied
	 * @return completes when it is on its way to the multiplexer
	 */
	public ChannelFuture write(ByteBuffer message) {
		return this.stream.write(frame(message));
	}

	/** Sends what was written. */
	public void flush() {
		this.stream.flush();
	}

	private ByteBuf frame(ByteBuffer message) {
		ByteBuffer prefix = ByteBuffer.allocate(Varint.MAX_BYTES);
		Varint.write(message.remaining(), prefix);
		return this.stream.alloc()
			.buffer(prefix.position() + message.remaining())
			.writeBytes(prefix.flip())
			.writeBytes(message.duplicate());
	}

	/**
	 * Sets how long the stream may take from now on; replaces the deadline before. When
	 * it has passed the stream is reset with {@link ErrorCode#GARBAGE_COLLECTED}, also
	 * where {@link #close} still waits for the peer to take what was sent.
	 * @param time the time from now, positive
	 */
	public void deadline(Duration time) {
		this.codec.deadline(time);
	}

	/** Takes the deadline back. */
	public void noDeadline() {
		this.codec.noDeadline();
	}

	/**
	 * Ends our side (FIN) after what was sent before; the peer may go on.
	 * @return completes when the FIN is written
	 */
	public ChannelFuture closeWrite() {
		this.codec.finishing();
		return this.stream.closeWrite();
	}

	/**
	 * Ends our side (FIN) after what was sent before, and discards what arrives.
	 * @return completes when the stream is over
	 */
	public ChannelFuture close() {
		this.codec.closing();
		return this.stream.close();
	}

	/**
	 * Resets the stream.
	 * @param code the reason
	 * @return completes when the stream is over
	 */
	public ChannelFuture reset(ErrorCode code) {
		this.codec.closing();
		return this.stream.reset(code.stream());
	}

	/**
	 * Ends the stream because the peer broke the protocol, as an exception of the handler
	 * does: it is reset with {@link ErrorCode#PROTOCOL_VIOLATION}, and the handler's
	 * {@link Handler#failed} is called with the cause. Event loop only.
	 * @param cause what the peer did
	 */
	public void fail(IOException cause) {
		this.codec.fail(cause, ErrorCode.PROTOCOL_VIOLATION);
	}

	/**
	 * Ends the messages and leaves the stream to the handlers that were added to its
	 * pipeline after this channel was opened: what has arrived behind the last message is
	 * passed on to them. The handler hears of nothing any more, and the deadline is taken
	 * back. Event loop only, best from {@link Handler#received}.
	 */
	public void detach() {
		this.codec.detach();
	}

	/**
	 * Takes the messages of a stream. Called on its event loop; must not block.
	 */
	public interface Handler {

		/**
		 * A message has arrived.
		 * @param channel where it has
		 * @param message the message without its length, read-only and valid during the
		 * call only
		 * @throws IOException if it breaks the protocol
		 */
		void received(MessageChannel channel, ByteBuffer message) throws IOException;

		/**
		 * What has arrived at once was delivered: a time to flush. Does nothing by
		 * default.
		 * @param channel where it was
		 */
		default void readComplete(MessageChannel channel) {
		}

		/**
		 * The stream may have become writable, or not: {@code isWritable} of the stream's
		 * channel tells. Does nothing by default.
		 * @param channel where it has
		 */
		default void writabilityChanged(MessageChannel channel) {
		}

		/**
		 * The peer has ended its side, after a whole message. Ends ours by default.
		 * @param channel where it has
		 * @throws IOException if the protocol has something to follow
		 */
		default void ended(MessageChannel channel) throws IOException {
			channel.close();
		}

		/**
		 * The stream is over, and this side has ended it. Either this or {@link #failed}
		 * is called, once, and is the last call. Does nothing by default.
		 * @param channel the channel
		 */
		default void closed(MessageChannel channel) {
		}

		/**
		 * The stream is over, and not because this side ended it. Does nothing by
		 * default.
		 * @param channel the channel
		 * @param cause why: the peer's reset, a violation, the deadline, the loss of the
		 * connection, or what this handler has thrown
		 */
		default void failed(MessageChannel channel, Throwable cause) {
		}

	}

}

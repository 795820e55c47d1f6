package io.p2pboot.libp2p.netty;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import io.p2pboot.libp2p.ConnectionLost;
import io.p2pboot.libp2p.ErrorCode;
import io.p2pboot.libp2p.Libp2pException;
import io.p2pboot.libp2p.LimitExceeded;
import io.p2pboot.libp2p.StreamProtocol;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.wire.LengthPrefixedReader;
import org.jspecify.annotations.Nullable;

/**
 * The handler behind a {@link MessageChannel}. Event loop only, unless a method says
 * otherwise.
 */
final class MessageCodec extends ChannelInboundHandlerAdapter {

	private enum State {

		/** Both sides are open. Left by every end. */
		OPEN,

		/** This side has ended, the peer's is open: messages are delivered still. */
		FINISHED,

		/** The peer's side has ended, ours is open. */
		ENDED,

		/** This side ends the stream, or both have: what arrives is discarded. */
		CLOSING,

		/** The handler knows that the stream is over. Final. */
		CLOSED,

		/** The stream is others'. Final. */
		DETACHED

	}

	private final MessageChannel channel;

	private final MessageChannel.Handler handler;

	private final LengthPrefixedReader reader;

	private final MessageMemory.Gathering memory;

	private State state = State.OPEN;

	private @Nullable ScheduledFuture<?> timer;

	/** Within a call of the handler: what comes meanwhile waits. */
	private boolean delivering;

	/** Buffers and events that came meanwhile, in order. */
	private final Deque<Object> later = new ArrayDeque<>(0);

	MessageCodec(MessageChannel channel, int maxBytes, MessageChannel.Handler handler) {
		this.channel = channel;
		this.reader = new LengthPrefixedReader(maxBytes);
		this.handler = handler;
		this.memory = MessageMemory.ofProcess()
			.begin(channel.stream().connection().remotePeer(), () -> onLoop(this::refuse));
	}

	/** Others need the memory of a message that does not come. */
	private void refuse() {
		fail(new LimitExceeded(MessageMemory.LIMIT, this.reader.heldBytes(), 0), ErrorCode.RESOURCE_LIMIT_EXCEEDED);
	}

	/** Sets the deadline. Any thread. */
	void deadline(Duration time) {
		onLoop(() -> {
			cancelTimer();
			if (this.channel.stream().isOpen() && this.state != State.DETACHED) {
				this.timer = loop().schedule(() -> expired(time), time.toNanos(), TimeUnit.NANOSECONDS);
			}
		});
	}

	/** Takes the deadline back. Any thread. */
	void noDeadline() {
		onLoop(this::cancelTimer);
	}

	/** This side is about to end its half. Any thread. */
	void finishing() {
		onLoop(() -> {
			switch (this.state) {
				case OPEN -> this.state = State.FINISHED;
				case ENDED -> this.state = State.CLOSING;
				case FINISHED, CLOSING, CLOSED, DETACHED -> {
				}
			}
		});
	}

	/** This side is about to end the stream. Any thread. */
	void closing() {
		onLoop(() -> {
			if (!isOver()) {
				this.state = State.CLOSING;
			}
		});
	}

	private boolean isOver() {
		return this.state == State.CLOSED || this.state == State.DETACHED;
	}

	private boolean isReading() {
		return this.state == State.OPEN || this.state == State.FINISHED;
	}

	private EventLoop loop() {
		return this.channel.stream().eventLoop();
	}

	private void onLoop(Runnable task) {
		if (loop().inEventLoop()) {
			task.run();
		}
		else {
			// Nothing where the node has ended: the stream has too.
			Futures.execute(loop(), task);
		}
	}

	private void expired(Duration time) {
		long code = ErrorCode.GARBAGE_COLLECTED.stream();
		fail(StreamReset.local(code, "not done within " + time.toMillis() + " ms"), ErrorCode.GARBAGE_COLLECTED);
	}

	void fail(IOException cause, ErrorCode code) {
		if (!isOver()) {
			failed(cause);
			this.channel.stream().reset(code.stream());
		}
	}

	private void failed(Throwable cause) {
		if (over()) {
			this.handler.failed(this.channel, cause);
		}
	}

	/** Marks the end; false if that was told before. */
	private boolean over() {
		if (isOver()) {
			return false;
		}
		this.state = State.CLOSED;
		this.memory.close();
		cancelTimer();
		return true;
	}

	private void cancelTimer() {
		ScheduledFuture<?> running = this.timer;
		if (running != null) {
			running.cancel(false);
			this.timer = null;
		}
	}

	void detach() {
		if (!isOver()) {
			this.state = State.DETACHED;
			cancelTimer();
			this.memory.close();
			if (!this.delivering) {
				this.channel.stream().pipeline().remove(this);
			}
		}
	}

	@Override
	public void channelRead(ChannelHandlerContext ctx, Object received) {
		if (this.delivering) {
			this.later.add(received);
			return;
		}
		this.delivering = true;
		try {
			for (Object next = received; next != null; next = this.later.poll()) {
				if (next instanceof ByteBuf bytes) {
					read(ctx, bytes);
				}
				else {
					event(ctx, next);
				}
			}
		}
		finally {
			this.delivering = false;
			this.later.forEach(ReferenceCountUtil::release);
			this.later.clear();
		}
		// Not before: whoever is removed passes on to those who were behind it then.
		if (this.state == State.DETACHED && !ctx.isRemoved()) {
			ctx.pipeline().remove(this);
		}
	}

	private void read(ChannelHandlerContext ctx, ByteBuf bytes) {
		try {
			for (ByteBuffer part : bytes.nioBuffers()) {
				int length = part.remaining();
				deliver(part);
				bytes.skipBytes(length - part.remaining());
				if (!isReading()) {
					break;
				}
			}
			if (!this.memory.tryResize(isReading() ? this.reader.heldBytes() : 0)) {
				refuse();
			}
			if (this.state == State.DETACHED && bytes.isReadable()) {
				ctx.fireChannelRead(bytes.retainedSlice());
			}
		}
		catch (IOException ex) {
			fail(ex, ErrorCode.PROTOCOL_VIOLATION);
		}
		finally {
			bytes.release();
		}
	}

	private void deliver(ByteBuffer part) throws IOException {
		while (isReading()) {
			Optional<ByteBuffer> message = this.reader.read(part);
			if (message.isEmpty()) {
				return;
			}
			this.handler.received(this.channel, message.get());
		}
	}

	@Override
	public void channelReadComplete(ChannelHandlerContext ctx) {
		if (isReading()) {
			this.handler.readComplete(this.channel);
		}
		ctx.fireChannelReadComplete();
	}

	@Override
	public void channelWritabilityChanged(ChannelHandlerContext ctx) {
		if (!isOver()) {
			this.handler.writabilityChanged(this.channel);
		}
		ctx.fireChannelWritabilityChanged();
	}

	@Override
	public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
		if (this.delivering) {
			this.later.add(event);
			return;
		}
		event(ctx, event);
	}

	private void event(ChannelHandlerContext ctx, Object event) {
		boolean end = event instanceof ChannelInputShutdownEvent || event instanceof ChannelInputShutdownReadComplete;
		if (end && isReading()) {
			ended();
		}
		if (this.state == State.DETACHED) {
			ctx.fireUserEventTriggered(event);
			return;
		}
		ReferenceCountUtil.release(event);
	}

	private void ended() {
		if (this.reader.isInsideMessage()) {
			fail(new IOException("The peer ended its side within a message"), ErrorCode.PROTOCOL_VIOLATION);
			return;
		}
		this.state = (this.state == State.FINISHED) ? State.CLOSING : State.ENDED;
		try {
			this.handler.ended(this.channel);
		}
		catch (IOException ex) {
			fail(ex, ErrorCode.PROTOCOL_VIOLATION);
		}
	}

	/** What the stream suffers, or what the handler has thrown. */
	@Override
	public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
		if (this.state == State.DETACHED) {
			ctx.fireExceptionCaught(cause);
			return;
		}
		failed(cause);
		if (cause instanceof Libp2pException) {
			ctx.close();
		}
		else {
			this.channel.stream().reset(StreamProtocol.HANDLER_FAILED);
		}
	}

	@Override
	public void channelInactive(ChannelHandlerContext ctx) {
		cancelTimer();
		this.memory.close();
		if (this.state == State.CLOSING) {
			over();
			this.handler.closed(this.channel);
		}
		else if (!isOver()) {
			failed(new ConnectionLost("The connection of a stream of " + this.channel.stream().protocol() + " ended"));
		}
		ctx.fireChannelInactive();
	}

}

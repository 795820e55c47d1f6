package io.p2pboot.libp2p.kad;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.TimeUnit;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.netty.StreamChannel;
import io.p2pboot.libp2p.wire.LengthPrefixedReader;
import org.jspecify.annotations.Nullable;

/**
 * Reads requests of one stream and answers them one after the other: while one is being
 * answered, or its peer asks too often, nothing more is read. Connection's event loop
 * only.
 */
final class InboundHandler extends ChannelInboundHandlerAdapter {

	/** The code with which a stream is reset whose request is refused. */
	static final long REFUSED = 0x1;

	/** Answers on another thread. */
	interface Responder {

		/**
		 * Answers a request.
		 * @param stream where it came
		 * @param request the request
		 * @param bytes its length
		 * @param reply takes the outcome, on any thread
		 */
		void respond(StreamChannel stream, KadMessage request, int bytes, Reply reply);

	}

	/** Takes the outcome of a request, once. */
	interface Reply {

		void answer(Optional<KadMessage> answer);

		void refuse(IOException why);

	}

	private final StreamChannel stream;

	private final Responder responder;

	private final LengthPrefixedReader reader = new LengthPrefixedReader(KadLimits.MAX_REQUEST_BYTES);

	/** What has arrived and was not read; none of them empty. */
	private final Queue<ByteBuf> received = new ArrayDeque<>();

	private @Nullable ScheduledFuture<?> timer;

	private boolean answering;

	private boolean remoteEnded;

	private boolean ended;

	InboundHandler(StreamChannel stream, Responder responder) {
		this.stream = stream;
		this.responder = responder;
	}

	@Override
	public void handlerAdded(ChannelHandlerContext ctx) {
		startTimer(ctx);
	}

	private void startTimer(ChannelHandlerContext ctx) {
		stopTimer();
		this.timer = ctx.executor()
			.schedule(() -> refuse(StreamReset.local(REFUSED, "idle")), KadLimits.INBOUND_IDLE.toNanos(),
					TimeUnit.NANOSECONDS);
	}

	private void stopTimer() {
		ScheduledFuture<?> running = this.timer;
		if (running != null) {
			running.cancel(false);
			this.timer = null;
		}
	}

	@Override
	public void channelRead(ChannelHandlerContext ctx, Object message) {
		ByteBuf bytes = (ByteBuf) message;
		if (this.ended) {
			bytes.release();
			return;
		}
		if (bytes.isReadable()) {
			this.received.add(bytes);
		}
		else {
			bytes.release();
		}
		process(ctx);
	}

	private void process(ChannelHandlerContext ctx) {
		try {
			while (!this.answering && !this.ended && !this.received.isEmpty()) {
				next(ctx);
			}
		}
		catch (IOException ex) {
			refuse(ex);
			return;
		}
		ctx.channel().config().setAutoRead(!this.answering);
		if (this.remoteEnded && !this.answering && !this.ended) {
			finish();
		}
	}

	private void next(ChannelHandlerContext ctx) throws IOException {
		ByteBuf first = this.received.element();
		ByteBuffer part = first.nioBuffers()[0];
		int before = part.remaining();
		Optional<ByteBuffer> message = this.reader.read(part);
		// The message may be a view of the buffer, so it is decoded before that moves on.
		int bytes = message.map(ByteBuffer::remaining).orElse(0);
		KadMessage request = message.isPresent() ? KadCodec.decode(message.get()) : null;
		first.skipBytes(before - part.remaining());
		if (!first.isReadable()) {
			this.received.remove().release();
		}
		if (request != null) {
			this.answering = true;
			stopTimer();
			this.responder.respond(this.stream, request, bytes, new Reply() {

				@Override
				public void answer(Optional<KadMessage> answer) {
					ctx.executor().execute(() -> answered(ctx, answer));
				}

				@Override
				public void refuse(IOException why) {
					ctx.executor().execute(() -> InboundHandler.this.refuse(why));
				}

			});
		}
	}

	private void answered(ChannelHandlerContext ctx, Optional<KadMessage> answer) {
		if (this.ended) {
			return;
		}
		answer.ifPresent((message) -> ctx.writeAndFlush(
				Frames.frame(ctx.alloc(), KadCodec.encode(message, KadLimits.MAX_SENT_BYTES)), ctx.voidPromise()));
		this.answering = false;
		startTimer(ctx);
		if (ctx.channel().isWritable()) {
			process(ctx);
		}
	}

	/** Whoever does not read its answers is asked for no more. */
	@Override
	public void channelWritabilityChanged(ChannelHandlerContext ctx) {
		if (ctx.channel().isWritable() && !this.answering) {
			process(ctx);
		}
		ctx.fireChannelWritabilityChanged();
	}

	@Override
	public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
		if (event instanceof ChannelInputShutdownEvent || event instanceof ChannelInputShutdownReadComplete) {
			this.remoteEnded = true;
			if (!this.answering && !this.ended && this.received.isEmpty()) {
				finish();
			}
		}
		ReferenceCountUtil.release(event);
	}

	/** The peer asks no more; within a message that is a violation. */
	private void finish() {
		if (this.reader.isInsideMessage()) {
			refuse(StreamReset.local(REFUSED, "the peer ended its side within a request"));
			return;
		}
		end();
		this.stream.close();
	}

	private void refuse(IOException why) {
		if (!this.ended) {
			end();
			this.stream.reset(REFUSED);
		}
	}

	private void end() {
		this.ended = true;
		stopTimer();
		this.received.forEach(ByteBuf::release);
		this.received.clear();
	}

	@Override
	public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
		if (!this.ended) {
			end();
		}
		ctx.close();
	}

	@Override
	public void channelInactive(ChannelHandlerContext ctx) {
		if (!this.ended) {
			end();
		}
	}

}

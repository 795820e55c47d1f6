package io.p2pboot.libp2p.protocol.ping;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import io.p2pboot.libp2p.ErrorCode;
import io.p2pboot.libp2p.netty.StreamChannel;
import org.jspecify.annotations.Nullable;

/**
 * Sends back each ping, whole. Ends the stream when the peer ends its side, sends nothing
 * for a while, does not take our answers, or its time is up. Event loop only.
 */
final class PingResponder extends ChannelInboundHandlerAdapter {

	/** The code with which a stream is reset whose answers are not taken. */
	static final long STALLED = ErrorCode.GARBAGE_COLLECTED.stream();

	private final StreamChannel stream;

	private final byte[] ping = new byte[Ping.BYTES];

	private int received;

	private @Nullable ScheduledFuture<?> idle;

	private @Nullable ScheduledFuture<?> life;

	PingResponder(StreamChannel stream) {
		this.stream = stream;
	}

	@Override
	public void handlerAdded(ChannelHandlerContext ctx) {
		this.life = schedule(ctx, Ping.STREAM_LIFE);
		this.idle = schedule(ctx, Ping.TIMEOUT);
	}

	private ScheduledFuture<?> schedule(ChannelHandlerContext ctx, Duration delay) {
		return ctx.executor().schedule(this::end, delay.toNanos(), TimeUnit.NANOSECONDS);
	}

	private void end() {
		if (this.stream.isWritable()) {
			this.stream.close();
		}
		else {
			this.stream.reset(STALLED);
		}
	}

	@Override
	public void channelRead(ChannelHandlerContext ctx, Object message) {
		ByteBuf bytes = (ByteBuf) message;
		try {
			while (bytes.isReadable()) {
				int length = Math.min(bytes.readableBytes(), Ping.BYTES - this.received);
				bytes.readBytes(this.ping, this.received, length);
				this.received += length;
				if (this.received == Ping.BYTES) {
					this.received = 0;
					ctx.write(ctx.alloc().buffer(Ping.BYTES).writeBytes(this.ping), ctx.voidPromise());
					restartIdle(ctx);
				}
			}
		}
		finally {
			bytes.release();
		}
	}

	private void restartIdle(ChannelHandlerContext ctx) {
		cancel(this.idle);
		this.idle = schedule(ctx, Ping.TIMEOUT);
	}

	private static void cancel(@Nullable ScheduledFuture<?> timer) {
		if (timer != null) {
			timer.cancel(false);
		}
	}

	@Override
	public void channelReadComplete(ChannelHandlerContext ctx) {
		ctx.flush();
		adjustReading(ctx);
	}

	@Override
	public void channelWritabilityChanged(ChannelHandlerContext ctx) {
		adjustReading(ctx);
	}

	private static void adjustReading(ChannelHandlerContext ctx) {
		ctx.channel().config().setAutoRead(ctx.channel().isWritable());
	}

	@Override
	public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
		if (event instanceof ChannelInputShutdownEvent || event instanceof ChannelInputShutdownReadComplete) {
			this.stream.close();
		}
		ReferenceCountUtil.release(event);
	}

	@Override
	public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
		ctx.close();
	}

	@Override
	public void channelInactive(ChannelHandlerContext ctx) {
		cancel(this.idle);
		cancel(this.life);
	}

}

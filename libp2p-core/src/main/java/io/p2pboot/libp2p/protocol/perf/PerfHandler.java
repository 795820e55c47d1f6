package io.p2pboot.libp2p.protocol.perf;

import java.util.concurrent.TimeUnit;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import org.jspecify.annotations.Nullable;

/**
 * What both roles share: sends zeros as fast as the stream takes them, counts what
 * arrives, and notices when nothing moves. Event loop only.
 */
abstract class PerfHandler extends ChannelInboundHandlerAdapter {

	/** How many bytes are written at a time. */
	static final int CHUNK_BYTES = 64 * 1024;

	/** What is written and not sent yet: enough to keep the connection busy. */
	private static final WriteBufferWaterMark UNSENT = new WriteBufferWaterMark(4 * CHUNK_BYTES, 8 * CHUNK_BYTES);

	private long unsent;

	private boolean sending;

	private long movedBytes;

	private long movedBefore;

	private @Nullable ScheduledFuture<?> watch;

	private boolean inputEnded;

	/** Bytes of the peer; released by the caller. */
	abstract void received(ChannelHandlerContext ctx, ByteBuf bytes);

	/** All zeros are written. */
	abstract void sent(ChannelHandlerContext ctx);

	/** Zeros were written. */
	abstract void sending(int bytes);

	/** The peer has ended its side. */
	abstract void ended(ChannelHandlerContext ctx);

	/** The stream failed. */
	abstract void failed(Throwable cause);

	/** Nothing has moved for too long. */
	abstract void stalled();

	@Override
	public void handlerAdded(ChannelHandlerContext ctx) {
		ctx.channel().config().setWriteBufferWaterMark(UNSENT);
		this.watch = ctx.executor()
			.scheduleAtFixedRate(this::look, Perf.STALL_TIMEOUT.toNanos(), Perf.STALL_TIMEOUT.toNanos(),
					TimeUnit.NANOSECONDS);
	}

	private void look() {
		if (this.movedBytes == this.movedBefore) {
			stalled();
		}
		this.movedBefore = this.movedBytes;
	}

	/** Begins to send zeros, however many. */
	final void sendZeros(ChannelHandlerContext ctx, long bytes) {
		this.unsent = bytes;
		this.sending = true;
		send(ctx);
	}

	private void send(ChannelHandlerContext ctx) {
		while (this.sending && this.unsent > 0 && ctx.channel().isWritable()) {
			int length = (int) Math.min(CHUNK_BYTES, this.unsent);
			this.unsent -= length;
			this.movedBytes += length;
			ctx.writeAndFlush(ctx.alloc().directBuffer(length).writeZero(length), ctx.voidPromise());
			sending(length);
		}
		if (this.sending && this.unsent == 0) {
			this.sending = false;
			sent(ctx);
		}
	}

	@Override
	public void channelWritabilityChanged(ChannelHandlerContext ctx) {
		send(ctx);
	}

	@Override
	public void channelRead(ChannelHandlerContext ctx, Object message) {
		ByteBuf bytes = (ByteBuf) message;
		try {
			this.movedBytes += bytes.readableBytes();
			received(ctx, bytes);
		}
		finally {
			bytes.release();
		}
	}

	@Override
	public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
		if (event instanceof ChannelInputShutdownEvent || event instanceof ChannelInputShutdownReadComplete) {
			if (!this.inputEnded) {
				this.inputEnded = true;
				ended(ctx);
			}
		}
		ReferenceCountUtil.release(event);
	}

	@Override
	public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
		this.sending = false;
		failed(cause);
		ctx.close();
	}

	@Override
	public void channelInactive(ChannelHandlerContext ctx) {
		this.sending = false;
		ScheduledFuture<?> running = this.watch;
		if (running != null) {
			running.cancel(false);
		}
	}

}

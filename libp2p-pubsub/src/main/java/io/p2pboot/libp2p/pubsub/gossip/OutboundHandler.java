package io.p2pboot.libp2p.pubsub.gossip;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;

/**
 * Watches over a stream that is only written to. Event loop only.
 */
final class OutboundHandler extends ChannelInboundHandlerAdapter {

	private final Runnable writable;

	private final Runnable ended;

	OutboundHandler(Runnable writable, Runnable ended) {
		this.writable = writable;
		this.ended = ended;
	}

	@Override
	public void channelRead(ChannelHandlerContext ctx, Object message) {
		ReferenceCountUtil.release(message);
	}

	@Override
	public void channelWritabilityChanged(ChannelHandlerContext ctx) {
		if (ctx.channel().isWritable()) {
			this.writable.run();
		}
	}

	@Override
	public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
		// The peer has nothing to say here, and may say so.
		ReferenceCountUtil.release(event);
	}

	@Override
	public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
		ctx.close();
	}

	@Override
	public void channelInactive(ChannelHandlerContext ctx) {
		this.ended.run();
	}

}

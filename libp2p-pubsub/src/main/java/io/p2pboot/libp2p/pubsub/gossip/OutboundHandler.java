package io.p2pboot.libp2p.pubsub.gossip;

import java.util.function.Consumer;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import io.p2pboot.libp2p.ProtocolUnsupported;

/**
 * Watches over a stream that is only written to. Event loop only.
 */
final class OutboundHandler extends ChannelInboundHandlerAdapter {

	private final Runnable writable;

	/** Told whether the peer does not serve the protocol. */
	private final Consumer<Boolean> ended;

	private boolean unsupported;

	OutboundHandler(Runnable writable, Consumer<Boolean> ended) {
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
		this.unsupported |= cause instanceof ProtocolUnsupported;
		ctx.close();
	}

	@Override
	public void channelInactive(ChannelHandlerContext ctx) {
		this.ended.accept(this.unsupported);
	}

}

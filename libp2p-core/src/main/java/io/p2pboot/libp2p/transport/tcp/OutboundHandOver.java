package io.p2pboot.libp2p.transport.tcp;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.p2pboot.libp2p.transport.RawDial;
import io.p2pboot.libp2p.transport.Upgrader;

/**
 * Gives a dialled connection to the upgrader once it stands. Event loop only.
 */
final class OutboundHandOver extends ChannelInboundHandlerAdapter {

	private final Upgrader upgrader;

	private final RawDial dial;

	OutboundHandOver(Upgrader upgrader, RawDial dial) {
		this.upgrader = upgrader;
		this.dial = dial;
	}

	@Override
	public void handlerAdded(ChannelHandlerContext ctx) {
		this.dial.opened(ctx.channel());
	}

	@Override
	public void channelActive(ChannelHandlerContext ctx) {
		if (ctx.channel().localAddress() == null) {
			// Reset as soon as it stood: the socket does not know its addresses any more.
			ctx.close();
			return;
		}
		ctx.pipeline().remove(this);
		this.dial.ready(this.upgrader, ctx.channel(), TcpTransport.NAME, TcpTransport.localAddress(ctx.channel()));
	}

	@Override
	public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
		this.dial.fail(cause);
	}

}

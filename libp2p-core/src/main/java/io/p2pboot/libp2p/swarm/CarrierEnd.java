package io.p2pboot.libp2p.swarm;

import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;

/**
 * Ends a connection whose channel is a stream of another connection as soon as its peer
 * has ended that stream: a socket that is half closed closes by itself, a stream does
 * not. Comes first in the pipeline of such a channel; stateless.
 */
@Sharable
final class CarrierEnd extends ChannelInboundHandlerAdapter {

	static final CarrierEnd INSTANCE = new CarrierEnd();

	private CarrierEnd() {
	}

	@Override
	public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
		ctx.fireUserEventTriggered(event);
		if (event instanceof ChannelInputShutdownEvent) {
			ctx.close();
		}
	}

}

package io.p2pboot.libp2p.swarm;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.ChannelInputShutdownEvent;

/**
 * The only handler of an inbound stream that waits for its turn to negotiate: nothing is
 * read. A stream that ends without having sent anything is closed. Stateless.
 */
@Sharable
final class HeldStream extends ChannelDuplexHandler {

	static final HeldStream INSTANCE = new HeldStream();

	private HeldStream() {
	}

	@Override
	public void read(ChannelHandlerContext ctx) {
		// Not yet: whoever takes this handler away reads.
	}

	@Override
	public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
		if (event instanceof ChannelInputShutdownEvent) {
			ctx.close();
		}
	}

	@Override
	public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
		ctx.close();
	}

}

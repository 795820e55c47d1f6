package io.p2pboot.libp2p.swarm;

import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/**
 * The last handler of a stream that is reset before a protocol has taken it: nobody is
 * there to hear of the reset, and Netty would log it as a failure. Stateless.
 */
@Sharable
final class QuietEnd extends ChannelInboundHandlerAdapter {

	static final QuietEnd INSTANCE = new QuietEnd();

	private QuietEnd() {
	}

	@Override
	public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
		ctx.close();
	}

}

package io.p2pboot.libp2p.swarm;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;

/**
 * Notices that a security protocol answers the first message of its handshake, whichever
 * protocol it is: the message was whole, and right as far as it can be judged. Leaves
 * with the answer. Event loop only.
 */
final class FirstAnswer extends ChannelOutboundHandlerAdapter {

	private final Runnable task;

	FirstAnswer(Runnable task) {
		this.task = task;
	}

	@Override
	public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
		ctx.pipeline().remove(this);
		this.task.run();
		ctx.write(message, promise);
	}

}

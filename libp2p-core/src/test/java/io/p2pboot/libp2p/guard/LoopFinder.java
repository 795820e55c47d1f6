package io.p2pboot.libp2p.guard;

import io.netty.bootstrap.ChannelInitializerExtension;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerAdapter;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ServerChannel;

/**
 * Shows {@link LoopWatch} the event loop of every socket. Netty loads it itself, where
 * {@code io.netty.bootstrap.extensions} is {@code serviceload}.
 */
public final class LoopFinder extends ChannelInitializerExtension {

	@Override
	public void postInitializeClientChannel(Channel channel) {
		find(channel);
	}

	@Override
	public void postInitializeServerListenerChannel(ServerChannel channel) {
		find(channel);
	}

	private static void find(Channel channel) {
		channel.pipeline().addLast(new ChannelHandlerAdapter() {
			@Override
			public void handlerAdded(ChannelHandlerContext ctx) {
				LoopWatch.instance().watch(ctx.channel().eventLoop());
				ctx.pipeline().remove(this);
			}
		});
	}

}

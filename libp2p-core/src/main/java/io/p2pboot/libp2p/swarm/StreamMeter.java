package io.p2pboot.libp2p.swarm;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.NodeObserver;
import io.p2pboot.libp2p.netty.StreamChannel;

/**
 * Tells the observer what a stream moves and when it ends. Event loop only; allocates
 * nothing a frame.
 */
final class StreamMeter extends ChannelDuplexHandler {

	private final StreamChannel stream;

	private final NodeObserver observer;

	StreamMeter(StreamChannel stream, NodeObserver observer) {
		this.stream = stream;
		this.observer = observer;
	}

	@Override
	public void handlerAdded(ChannelHandlerContext ctx) {
		this.observer.streamOpened(this.stream.connection(), this.stream.protocol(), this.stream.direction());
	}

	@Override
	public void channelRead(ChannelHandlerContext ctx, Object message) {
		if (message instanceof ByteBuf bytes && bytes.isReadable()) {
			this.observer.bytesMoved(this.stream.protocol(), Direction.INBOUND, bytes.readableBytes());
		}
		ctx.fireChannelRead(message);
	}

	@Override
	public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
		if (message instanceof ByteBuf bytes && bytes.isReadable()) {
			this.observer.bytesMoved(this.stream.protocol(), Direction.OUTBOUND, bytes.readableBytes());
		}
		ctx.write(message, promise);
	}

	@Override
	public void channelInactive(ChannelHandlerContext ctx) {
		this.observer.streamClosed(this.stream.connection(), this.stream.protocol(), this.stream.direction());
		ctx.fireChannelInactive();
	}

}

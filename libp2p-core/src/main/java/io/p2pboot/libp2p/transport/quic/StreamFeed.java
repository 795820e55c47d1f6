package io.p2pboot.libp2p.transport.quic;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.quic.QuicStreamResetException;
import io.p2pboot.libp2p.ConnectionLost;
import io.p2pboot.libp2p.StreamReset;

/**
 * Passes what the codec's stream tells on to ours. Event loop only.
 */
final class StreamFeed extends ChannelInboundHandlerAdapter {

	private final QuicStream stream;

	StreamFeed(QuicStream stream) {
		this.stream = stream;
	}

	@Override
	public void channelRead(ChannelHandlerContext ctx, Object message) {
		this.stream.receive((ByteBuf) message);
	}

	@Override
	public void channelReadComplete(ChannelHandlerContext ctx) {
		this.stream.readComplete();
	}

	@Override
	public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
		if (event instanceof ChannelInputShutdownEvent) {
			this.stream.finished();
		}
	}

	@Override
	public void channelWritabilityChanged(ChannelHandlerContext ctx) {
		if (ctx.channel().isWritable()) {
			this.stream.resume();
		}
	}

	@Override
	public void channelInactive(ChannelHandlerContext ctx) {
		this.stream.lost();
	}

	@Override
	public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
		if (cause instanceof QuicStreamResetException reset) {
			long code = reset.applicationProtocolCode();
			this.stream
				.resetByPeer((code >= 0 && code <= 0xFFFF_FFFFL) ? StreamReset.byRemote(code) : StreamReset.byRemote());
		}
		else {
			this.stream.failed(new ConnectionLost("The stream failed: " + cause.getMessage(), cause));
		}
	}

}

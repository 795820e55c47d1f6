package io.p2pboot.libp2p.circuit;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.netty.MessageChannel;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.netty.NodeService;
import io.p2pboot.libp2p.netty.StreamChannel;

/**
 * Joins a stream of one peer with a stream to another, with messages of its own.
 */
public final class CircuitRelay implements NodeService {

	static final ProtocolPath HOP = ProtocolPath.of("/test/hop/1.0.0");

	static final ProtocolPath STOP = ProtocolPath.of("/test/stop/1.0.0");

	/** The ends of circuits at those who asked for them. */
	final Queue<StreamChannel> hops = new ConcurrentLinkedQueue<>();

	@Override
	public void start(NettyNode node) {
		node.mountStreams(HOP, (hop) -> MessageChannel.open(hop, 128, (channel, target) -> {
			Connection to = node.connection(PeerId.decode(target)).orElseThrow();
			ByteBuffer source = hop.connection().remotePeer().multihash().encoded();
			node.openStream(to, List.of(STOP), (stop) -> {
				MessageChannel stopping = MessageChannel.open(stop, 128, (ignored, message) -> {
				});
				stopping.send(source);
				stopping.detach();
				stop.pipeline().addLast(new Pipe(hop));
				hop.eventLoop().execute(() -> {
					channel.send(ByteBuffer.allocate(0));
					channel.detach();
					hop.pipeline().addLast(new Pipe(stop));
					this.hops.add(hop);
				});
			});
		}));
	}

	/**
	 * Passes on to the other stream what arrives at one. Reads only what the other takes.
	 */
	private static final class Pipe extends ChannelInboundHandlerAdapter {

		private final StreamChannel other;

		Pipe(StreamChannel other) {
			this.other = other;
		}

		@Override
		public void channelRead(ChannelHandlerContext ctx, Object bytes) {
			ctx.channel().config().setAutoRead(false);
			this.other.writeAndFlush(bytes).addListener((written) -> ctx.channel().config().setAutoRead(true));
		}

		@Override
		public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
			if (event instanceof ChannelInputShutdownEvent) {
				this.other.closeWrite();
			}
		}

		@Override
		public void channelInactive(ChannelHandlerContext ctx) {
			this.other.close();
		}

	}

}

package io.p2pboot.libp2p.transport.tcp;

import java.net.InetSocketAddress;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.transport.IpEndpoint;
import io.p2pboot.libp2p.transport.UpgradeRequest;
import io.p2pboot.libp2p.transport.Upgrader;

/**
 * Gives each accepted connection to the upgrader, and only then lets it read. Event loop
 * only.
 */
@Sharable
final class InboundHandOver extends ChannelInboundHandlerAdapter {

	private final Upgrader upgrader;

	InboundHandOver(Upgrader upgrader) {
		this.upgrader = upgrader;
	}

	@Override
	public void channelActive(ChannelHandlerContext ctx) {
		Channel channel = ctx.channel();
		ctx.pipeline().remove(this);
		if (!(channel.remoteAddress() instanceof InetSocketAddress from) || channel.localAddress() == null) {
			// Reset before it was accepted: the socket does not know its addresses any
			// more.
			channel.close();
			return;
		}
		Multiaddr remote = IpEndpoint.format(from, IpEndpoint.TCP, "");
		this.upgrader.inbound(channel,
				UpgradeRequest.inbound(TcpTransport.NAME, TcpTransport.localAddress(channel), remote));
		channel.config().setAutoRead(true);
	}

}

package io.p2pboot.libp2p.swarm;

import io.netty.channel.ChannelFuture;
import io.netty.channel.socket.DuplexChannel;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.netty.StreamChannel;

/**
 * A negotiated stream of a connection. Any thread.
 */
record SwarmStreamChannel(DuplexChannel channel, ProtocolPath protocol, SwarmConnection owner,
		Direction direction) implements StreamChannel {

	@Override
	public Connection connection() {
		return this.owner;
	}

	@Override
	public ChannelFuture closeWrite() {
		if (this.direction == Direction.OUTBOUND) {
			// Takes an optimistic proposal that nothing followed yet before the FIN.
			this.channel.flush();
		}
		return this.channel.shutdownOutput();
	}

	@Override
	public ChannelFuture close() {
		return this.channel.close();
	}

	@Override
	public ChannelFuture reset(long code) {
		return this.owner.session().reset(this.channel, code);
	}

}

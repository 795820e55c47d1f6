package io.p2pboot.libp2p.transport;

import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;

/**
 * Secures and multiplexes the raw channels of transports that carry only bytes. A channel
 * may be a stream of another connection, as those of relays are: the end of its peer's
 * side ends the connection.
 */
public interface Upgrader {

	/**
	 * Takes over a channel that a peer opened, on which {@link io.netty.buffer.ByteBuf}s
	 * flow. Called on its event loop before the first read. Refuses (closes) it at once
	 * where a limit is reached, and closes it where the upgrade fails or takes too long.
	 * @param channel the raw channel, active
	 * @param request what it is
	 */
	void inbound(Channel channel, UpgradeRequest request);

	/**
	 * Upgrades a channel that we dialled. Called on its event loop before the first read.
	 * @param channel the raw channel, active
	 * @param request what it is
	 * @return the connection; on failure the channel is closed. Cancelling closes it too
	 */
	Future<MuxedConnection> outbound(Channel channel, UpgradeRequest request);

}

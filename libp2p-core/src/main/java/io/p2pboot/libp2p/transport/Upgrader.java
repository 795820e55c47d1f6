package io.p2pboot.libp2p.transport;

import java.util.Optional;

import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.multiformats.Multiaddr;

/**
 * Secures and multiplexes the raw channels of transports that carry only bytes.
 */
public interface Upgrader {

	/**
	 * Takes over an inbound channel, on which {@link io.netty.buffer.ByteBuf}s flow.
	 * Called on its event loop before the first read. Refuses (closes) it at once where a
	 * limit is reached, and closes it where the upgrade fails or takes too long.
	 * @param channel the raw channel, active
	 * @param transport the transport's label
	 * @param local our end's address
	 * @param remote the other end's address
	 */
	void inbound(Channel channel, String transport, Multiaddr local, Multiaddr remote);

	/**
	 * Upgrades a channel that we dialled. Called on its event loop before the first read.
	 * @param channel the raw channel, active
	 * @param transport the transport's label
	 * @param local our end's address
	 * @param remote the other end's address
	 * @param expectedPeer the only peer that may answer; empty to accept any
	 * @return the connection; on failure the channel is closed. Cancelling closes it too
	 */
	Future<MuxedConnection> outbound(Channel channel, String transport, Multiaddr local, Multiaddr remote,
			Optional<PeerId> expectedPeer);

}

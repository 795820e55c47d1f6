package io.p2pboot.libp2p.netty;

import java.io.IOException;
import java.util.List;

import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.PeerRouting;
import io.p2pboot.libp2p.multiformats.Multiaddr;

/**
 * A routing that needs no thread of its own while it looks. The node calls
 * {@link #findPeerAsync} only.
 */
public interface NettyPeerRouting extends PeerRouting {

	/**
	 * Finds addresses of a peer. Called on any thread, an event loop's too; must not
	 * block. What this dials through the node before it returns does not ask this routing
	 * again; what it dials later has to say so with
	 * {@link io.p2pboot.libp2p.ConnectOptions#withoutRoutings()}.
	 * @param peer the peer looked for
	 * @return the addresses found, empty if none is known; fails with an
	 * {@link IOException} if nobody could be asked. Cancelled when nobody waits for it
	 * any more
	 */
	Future<List<Multiaddr>> findPeerAsync(PeerId peer);

	/**
	 * {@inheritDoc} Waits for {@link #findPeerAsync}.
	 * @throws IOException if nobody could be asked, or the thread was interrupted
	 */
	@Override
	default List<Multiaddr> findPeer(PeerId peer) throws IOException {
		return Futures.await(findPeerAsync(peer), "look-up of " + peer);
	}

}

package io.p2pboot.libp2p;

import java.io.IOException;
import java.util.List;
import java.util.Map;

import io.p2pboot.libp2p.multiformats.Multiaddr;

/**
 * Finds the addresses of a peer of which only the id is known. Kademlia is one; an
 * address book served by a known peer is another.
 */
public interface PeerRouting {

	/**
	 * Returns the name that errors and logs use.
	 * @return a short name
	 */
	String name();

	/**
	 * Returns the protocols that this routing brings; they are mounted with it.
	 * @return the protocols by path; may be empty
	 */
	default Map<ProtocolPath, Protocol> protocols() {
		return Map.of();
	}

	/**
	 * Tells the routing which node it serves, when it is mounted. Does nothing by
	 * default.
	 * @param node the node
	 */
	default void mounted(Node node) {
	}

	/**
	 * Tells the routing that it does not serve its node any more. Does nothing by
	 * default.
	 */
	default void unmounted() {
	}

	/**
	 * Finds addresses of a peer. What this dials through the node does not ask this
	 * routing again. Called on a thread of the node's executor; may block, and is
	 * interrupted when the dial's deadline passes.
	 * @param peer the peer looked for
	 * @return the addresses found; empty if none is known. They are hints: the peer that
	 * answers there has to prove its identity
	 * @throws IOException if the routing could not be asked
	 */
	List<Multiaddr> findPeer(PeerId peer) throws IOException;

}

package io.p2pboot.libp2p.spring;

import java.security.Principal;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.PeerId;

/**
 * A peer as who it has proven to be in the handshake: a handler that takes a
 * {@link Principal} gets this.
 *
 * @param peer the peer, with the address of the connection
 */
public record PeerPrincipal(AddrInfo peer) implements Principal {

	/**
	 * Returns the peer's id.
	 * @return the id
	 */
	public PeerId id() {
		return this.peer.id();
	}

	/**
	 * Returns the peer's id as text.
	 * @return the name
	 */
	@Override
	public String getName() {
		return this.peer.id().toString();
	}

}

package io.p2pboot.libp2p.spring.security;

import java.util.Collection;

import io.p2pboot.libp2p.PeerId;

import org.springframework.security.core.GrantedAuthority;

/**
 * Says what a peer may do. Asked for each stream and datagram, on the handler's thread;
 * may block. Thread-safe.
 */
@FunctionalInterface
public interface PeerAuthorities {

	/**
	 * Returns the authorities of a peer.
	 * @param peer the peer
	 * @return its authorities; empty for one that is nobody in particular
	 */
	Collection<? extends GrantedAuthority> of(PeerId peer);

}

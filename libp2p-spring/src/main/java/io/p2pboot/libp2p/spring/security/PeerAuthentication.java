package io.p2pboot.libp2p.spring.security;

import java.util.Collection;

import io.p2pboot.libp2p.spring.PeerPrincipal;

import org.springframework.security.authentication.AbstractAuthenticationToken;
import org.springframework.security.core.GrantedAuthority;

/**
 * A peer that a handler serves: authenticated by the handshake of its connection, with
 * the authorities that {@link PeerAuthorities} gives it. It has no credentials.
 */
public final class PeerAuthentication extends AbstractAuthenticationToken {

	private static final long serialVersionUID = 1L;

	private final transient PeerPrincipal peer;

	/**
	 * Creates an authentication.
	 * @param peer the peer
	 * @param authorities what it may do
	 */
	public PeerAuthentication(PeerPrincipal peer, Collection<? extends GrantedAuthority> authorities) {
		super(authorities);
		this.peer = peer;
		super.setAuthenticated(true);
	}

	@Override
	public PeerPrincipal getPrincipal() {
		return this.peer;
	}

	@Override
	public Object getCredentials() {
		return "";
	}

}

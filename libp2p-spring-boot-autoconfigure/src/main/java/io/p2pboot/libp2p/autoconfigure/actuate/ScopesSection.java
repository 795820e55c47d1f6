package io.p2pboot.libp2p.autoconfigure.actuate;

import java.util.List;

import io.p2pboot.libp2p.ScopeUsage;
import io.p2pboot.libp2p.netty.NettyNode;

/**
 * What each scope uses and may use: the node, what is in its handshake or negotiation,
 * services, protocols, and the peers with most streams. Under
 * {@code /actuator/libp2p/scopes}.
 */
public final class ScopesSection implements EndpointSection {

	/** How many peers are shown. */
	static final int MAX_PEERS = 20;

	private final NettyNode node;

	/**
	 * Creates the section.
	 * @param node the node
	 */
	public ScopesSection(NettyNode node) {
		this.node = node;
	}

	@Override
	public String name() {
		return "scopes";
	}

	@Override
	public Object describe() {
		return new ScopesDescriptor(this.node.scopes(MAX_PEERS));
	}

	/**
	 * The scopes.
	 *
	 * @param scopes what each uses
	 */
	public record ScopesDescriptor(List<ScopeUsage> scopes) {
	}

}

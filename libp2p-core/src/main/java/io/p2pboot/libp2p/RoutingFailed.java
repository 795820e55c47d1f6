package io.p2pboot.libp2p;

import org.jspecify.annotations.Nullable;

/**
 * A routing could not do what was asked: see the subclasses for why.
 */
public abstract sealed class RoutingFailed extends Libp2pException
		permits InvalidRecord, NoPeers, NotStored, OlderRecord, RoutingTimeout {

	private static final long serialVersionUID = 1L;

	RoutingFailed(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

}

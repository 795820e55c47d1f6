package io.p2pboot.libp2p.resource;

import io.p2pboot.libp2p.ConnectionGater;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.Libp2pException;
import io.p2pboot.libp2p.multiformats.Multiaddr;

/**
 * Scopes for what is tested without a node.
 */
public final class TestScope {

	private static final Multiaddr NOWHERE = Multiaddr.parse("/memory/1");

	private TestScope() {
	}

	/** A scope of a node that has only this connection. */
	public static ConnectionScope open() {
		return open(UnreadMemory.ofProcess());
	}

	/** A scope in a process that has so much memory. */
	public static ConnectionScope open(UnreadMemory memory) {
		try {
			return new ResourceManager(ConnectionLimits.DEFAULT, ConnectionGater.ALL, memory, (refusal) -> {
			}).open(Direction.INBOUND, NOWHERE, NOWHERE);
		}
		catch (Libp2pException ex) {
			throw new AssertionError(ex);
		}
	}

}

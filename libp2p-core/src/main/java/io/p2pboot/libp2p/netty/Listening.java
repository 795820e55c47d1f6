package io.p2pboot.libp2p.netty;

import java.util.List;

import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.multiformats.Multiaddr;

/**
 * An address that is listened on. Thread-safe; no method blocks.
 */
public interface Listening {

	/**
	 * Returns what is bound.
	 * @return the address, port resolved
	 */
	Multiaddr address();

	/**
	 * Returns where connections can come in now. Behind a relay that changes while it is
	 * listened on.
	 * @return the addresses; that of {@link #address} unless they change
	 */
	default List<Multiaddr> addresses() {
		return List.of(address());
	}

	/**
	 * Tells whether it is still bound: the system may take a socket away.
	 * @return whether connections can come; a transport whose listeners cannot be lost
	 * need not tell
	 */
	default boolean isOpen() {
		return true;
	}

	/**
	 * Stops listening; connections that were accepted live on.
	 * @return completes when the port is free
	 */
	Future<Void> close();

}

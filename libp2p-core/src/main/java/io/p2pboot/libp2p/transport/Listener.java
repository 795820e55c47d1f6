package io.p2pboot.libp2p.transport;

import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.multiformats.Multiaddr;

/**
 * An address that is listened on. Thread-safe.
 */
public interface Listener {

	/**
	 * Returns what is bound.
	 * @return the address, port resolved
	 */
	Multiaddr address();

	/**
	 * Tells whether it is still bound: the system may take a socket away.
	 * @return whether connections can come; a transport whose listeners cannot be lost
	 * need not tell
	 */
	default boolean isOpen() {
		return true;
	}

	/**
	 * Tells whether the connections that were accepted live on its socket, so that the
	 * port is free only when the last of them has ended.
	 * @return whether {@link #close} completes only then
	 */
	default boolean sharesSocket() {
		return false;
	}

	/**
	 * Stops listening; connections that were accepted live on.
	 * @return completes when the port is free
	 */
	Future<Void> close();

}

package io.p2pboot.libp2p.transport;

import io.p2pboot.libp2p.netty.Listening;

/**
 * A listener as a transport makes it. Thread-safe; no method blocks.
 */
public interface Listener extends Listening {

	/**
	 * Sets what runs when {@link #addresses} have changed, and when the listener has
	 * ended without {@link #close}. Called once.
	 * @param task the task; runs on any thread and does not block
	 */
	default void onChange(Runnable task) {
	}

	/**
	 * Tells whether the connections that were accepted live on its socket, so that the
	 * port is free only when the last of them has ended.
	 * @return whether {@link #close} completes only then
	 */
	default boolean sharesSocket() {
		return false;
	}

}

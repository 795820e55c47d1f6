package io.p2pboot.libp2p;

import java.io.IOException;

import io.p2pboot.libp2p.multiformats.Multihash;

/**
 * Tells others that this node has some content, and finds who has it. Thread-safe.
 */
public interface ContentRouting {

	/**
	 * Tells the peers nearest to a key that this node provides it. Blocks until they have
	 * answered. They forget it after a time: who goes on providing repeats this.
	 * @param key the hash of the content
	 * @return how many peers have stored it
	 * @throws NotStored if none has
	 * @throws NoPeers if there was nobody to ask
	 * @throws IOException if the thread was interrupted
	 * @throws IllegalStateException on an event loop, or if this is not running
	 */
	Provided provide(Multihash key) throws IOException;

	/**
	 * Searches for providers of a key. Does not block; the search does.
	 * @param key the hash of the content
	 * @param limit after how many providers the search ends; 0 for all that can be found
	 * @return the search; each provider comes once, this node too if it is one. Their
	 * addresses are hints
	 * @throws IllegalArgumentException if the limit is negative
	 * @throws IllegalStateException if this is not running
	 */
	Search<AddrInfo> findProviders(Multihash key, int limit);

}

package io.p2pboot.libp2p;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * Keeps small values under keys at other peers. A key is {@code /<namespace>/<rest>}; the
 * {@link RecordValidator} of the namespace decides what a key may hold. Thread-safe.
 */
public interface ValueStore {

	/**
	 * Stores a value at the peers nearest to its key. Blocks until they have answered.
	 * @param key the whole key; not consumed
	 * @param value the value; not consumed
	 * @return how many peers have stored it; at least 1
	 * @throws InvalidRecord if the key may not have this value
	 * @throws OlderRecord if this node knows a better one
	 * @throws NotStored if no peer has stored it
	 * @throws NoPeers if there was nobody to ask
	 * @throws IOException if the thread was interrupted
	 * @throws IllegalStateException on an event loop, or if this is not running
	 */
	int putValue(ByteBuffer key, ByteBuffer value) throws IOException;

	/**
	 * Finds the best value of a key. Blocks. Peers near the key that hold none or a worse
	 * one are told of the best afterwards.
	 * @param key the whole key; not consumed
	 * @param quorum how many valid answers are enough, this node's own among them; 0 for
	 * all that can be had
	 * @return the value, read-only; empty if none was found
	 * @throws InvalidRecord if the namespace of the key has no validator
	 * @throws NoPeers if there was nobody to ask and this node has no value
	 * @throws IOException if the thread was interrupted
	 * @throws IllegalArgumentException if the quorum is negative
	 * @throws IllegalStateException on an event loop, or if this is not running
	 */
	Optional<ByteBuffer> getValue(ByteBuffer key, int quorum) throws IOException;

	/**
	 * Searches for the value of a key. Does not block; the search does.
	 * @param key the whole key; not consumed
	 * @param quorum as for {@link #getValue}
	 * @return the search: each value, read-only, is better than the one before
	 * @throws InvalidRecord if the namespace of the key has no validator
	 * @throws IllegalArgumentException if the quorum is negative
	 * @throws IllegalStateException if this is not running
	 */
	Search<ByteBuffer> searchValue(ByteBuffer key, int quorum) throws InvalidRecord;

}

package io.p2pboot.libp2p.blocking;

/**
 * A stream that tells whether its thread only waits for the peer: {@link SharedThreads}
 * gives such a thread to others when all are taken. Thread-safe.
 */
public interface PeerWait {

	/**
	 * Returns whether the peer has never sent a byte, nor ended its side.
	 * @return whether it is silent
	 */
	boolean isSilent();

	/**
	 * Returns how long a thread has been waiting for the peer to send or to take
	 * something, or for what {@link #waiting} told of.
	 * @param now the time, of {@link System#nanoTime}
	 * @return the time, in nanoseconds; -1 if no thread waits
	 */
	long waitedNanos(long now);

	/**
	 * Tells that the handler's thread begins or ends to wait for something that the peer
	 * has asked too much of, such as memory for its message.
	 * @param waiting whether it waits
	 */
	void waiting(boolean waiting);

}

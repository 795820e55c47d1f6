package io.p2pboot.libp2p.blocking;

/**
 * Tells whether a stream's thread only waits for the peer. Any thread.
 */
interface PeerWait {

	/** Whether the peer has never sent a byte, nor ended its side. */
	boolean isSilent();

	/**
	 * How long a thread has been waiting for the peer to send or to take something.
	 * @param now the time, in nanoseconds
	 * @return the time, in nanoseconds; -1 if no thread waits
	 */
	long waitedNanos(long now);

}

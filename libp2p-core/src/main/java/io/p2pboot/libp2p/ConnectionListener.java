package io.p2pboot.libp2p;

/**
 * Hears of connections. Calls come one after the other, in the order of the events of one
 * connection, on a thread of the node's executor: a listener may block without holding up
 * the network, and what it throws is logged and goes no further.
 */
public interface ConnectionListener {

	/**
	 * A connection is authenticated, multiplexed and ready for streams.
	 * @param connection the connection
	 */
	default void connected(Connection connection) {
	}

	/**
	 * The remote peer has told what it serves and where it listens.
	 * @param connection the connection
	 */
	default void identified(Connection connection) {
	}

	/**
	 * A connection has ended; {@link #connected} was called for it before.
	 * @param connection the connection
	 */
	default void disconnected(Connection connection) {
	}

}

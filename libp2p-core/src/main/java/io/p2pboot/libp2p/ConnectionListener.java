package io.p2pboot.libp2p;

import java.util.Set;

/**
 * Receives connection events. Calls come one after the other, in the order of the events
 * of one connection, on a thread of the node's executor: a listener may block without
 * holding up the network, and what it throws is logged and goes no further. One that
 * takes a second for an event is named in the log, once; events that wait for it are
 * merged, and while more than 256 connections wait, one that ends before
 * {@link #connected} was called for it is not reported at all.
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
	 * The remote peer has told that it serves other protocols than it had told before on
	 * this connection: after {@link #identified}, with all that it serves, and whenever
	 * it tells of a change.
	 * @param connection the connection
	 * @param added what it serves now
	 * @param removed what it does not serve any more
	 */
	default void protocolsChanged(Connection connection, Set<ProtocolPath> added, Set<ProtocolPath> removed) {
	}

	/**
	 * A connection has ended, which {@link Connection#endCause} tells more of;
	 * {@link #connected} was called for it before.
	 * @param connection the connection
	 */
	default void disconnected(Connection connection) {
	}

}

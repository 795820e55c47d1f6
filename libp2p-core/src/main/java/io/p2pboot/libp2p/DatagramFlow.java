package io.p2pboot.libp2p;

import java.nio.ByteBuffer;

/**
 * The datagrams of one protocol on one connection, in both directions. Thread-safe; no
 * method blocks.
 */
public interface DatagramFlow {

	/**
	 * Returns the protocol.
	 * @return the path
	 */
	ProtocolPath protocol();

	/**
	 * Returns the connection that carries the flow.
	 * @return the connection
	 */
	Connection connection();

	/**
	 * Returns who opened the flow. What comes on a flow that the peer opened is its own;
	 * what comes on one of ours usually answers something that was sent: a handler that
	 * replies only to {@link Direction#INBOUND} flows never answers an answer.
	 * @return the direction
	 */
	Direction direction();

	/**
	 * Returns whether the flow can still send.
	 * @return {@code false} once either side or the connection has ended it
	 */
	boolean isOpen();

	/**
	 * Returns the largest payload that fits now.
	 * @return the size, in bytes
	 */
	int maxBytes();

	/**
	 * Sends a datagram, or drops it and counts that: where the queue of the flow is full,
	 * and where the flow ends before the datagram has left.
	 * @param payload the bytes that remain; consumed unless they are too many
	 * @throws DatagramTooLarge if they exceed {@link #maxBytes}
	 */
	void send(ByteBuffer payload) throws DatagramTooLarge;

	/**
	 * Ends the flow after what is queued. Idempotent.
	 */
	void finish();

}

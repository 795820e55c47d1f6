package io.p2pboot.libp2p;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.OptionalInt;

/**
 * What a mounted {@link Protocol} asks of its node. Implemented by nodes, not by users.
 */
public interface ProtocolHost {

	/**
	 * Opens a stream, connecting first if needed.
	 * @param peer the peer
	 * @param path the protocol to negotiate
	 * @return the stream
	 * @throws IOException as {@link StreamProtocol#openStream(AddrInfo)}
	 */
	Stream openStream(AddrInfo peer, ProtocolPath path) throws IOException;

	/**
	 * Sends a datagram, connecting first if needed.
	 * @param peer the peer
	 * @param path the protocol
	 * @param payload the bytes that remain; consumed
	 * @throws IOException as {@link DatagramProtocol#sendDatagram(ByteBuffer, AddrInfo)}
	 */
	void sendDatagram(AddrInfo peer, ProtocolPath path, ByteBuffer payload) throws IOException;

	/**
	 * Returns the largest datagram that fits now.
	 * @param peer the peer
	 * @param path the protocol
	 * @return the size in bytes; empty while not connected
	 */
	OptionalInt maxDatagramBytes(AddrInfo peer, ProtocolPath path);

	/**
	 * Returns who measures what protocols do.
	 * @return the observer
	 */
	NodeObserver observer();

	/**
	 * Returns who tells of what handlers could not do, unless their protocol has another.
	 * @return the node's log
	 */
	HandlerFailures failures();

	/**
	 * Runs a task later, on an event loop.
	 * @param delay when
	 * @param task the task, which must not block
	 */
	void later(Duration delay, Runnable task);

	/**
	 * Returns whether the calling thread is an event loop, which no handler may hold.
	 * @return whether it is
	 */
	default boolean isEventLoop() {
		return false;
	}

}

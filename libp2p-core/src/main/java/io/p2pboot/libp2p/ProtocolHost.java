package io.p2pboot.libp2p;

import java.io.IOException;
import java.nio.ByteBuffer;
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
	 * Tells that datagrams were dropped because their protocol's receive queue was full.
	 * @param path the protocol
	 */
	void datagramDropped(ProtocolPath path);

	/**
	 * Tells that a datagram's handler threw.
	 * @param path the protocol
	 * @param failure what it threw
	 */
	void datagramHandlerFailed(ProtocolPath path, Throwable failure);

	/**
	 * Tells that a stream's handler returned.
	 * @param stream the stream it served
	 */
	void handlerReturned(Stream stream);

	/**
	 * Tells that a stream's handler threw, or that no thread could be had for it.
	 * @param stream the stream it was to serve
	 * @param failure what it threw
	 */
	void handlerFailed(Stream stream, Throwable failure);

}

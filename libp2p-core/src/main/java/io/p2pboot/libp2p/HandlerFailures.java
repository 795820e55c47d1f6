package io.p2pboot.libp2p;

/**
 * Tells of what handlers could not do, usually in a log. Called on the handler's thread,
 * before the stream is reset; {@link #streamRefused} on an event loop, where it must not
 * block. Implementations are thread-safe.
 */
public interface HandlerFailures {

	/**
	 * A stream's handler threw.
	 * @param stream the stream it served
	 * @param failure what it threw
	 */
	void streamFailed(Stream stream, Throwable failure);

	/**
	 * No thread could be had for a stream's handler.
	 * @param stream the stream, which is refused
	 */
	void streamRefused(Stream stream);

	/**
	 * A datagram's handler threw.
	 * @param path the protocol
	 * @param datagram the datagram it served
	 * @param failure what it threw
	 */
	void datagramFailed(ProtocolPath path, Datagram datagram, Throwable failure);

}

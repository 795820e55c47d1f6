package io.p2pboot.libp2p;

/**
 * Tells of what handlers could not do, usually in a log. Called on the handler's thread,
 * before the stream is reset; {@link #streamRefused} and {@link #executorFailed} on an
 * event loop, where they must not block. Implementations are thread-safe.
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

	/**
	 * The executor of a handler threw something else than a
	 * {@link java.util.concurrent.RejectedExecutionException}, and the handler was not
	 * run: the host may have no memory for another thread. A stream is refused for it, as
	 * {@link #streamRefused} has told; what datagrams wait is offered again.
	 * @param path the protocol
	 * @param failure what it threw
	 */
	default void executorFailed(ProtocolPath path, Throwable failure) {
	}

}

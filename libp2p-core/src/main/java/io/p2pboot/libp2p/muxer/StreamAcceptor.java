package io.p2pboot.libp2p.muxer;

/**
 * Sets a new stream up: adds its handlers.
 */
@FunctionalInterface
public interface StreamAcceptor {

	/**
	 * Takes a stream that is registered and active, before anything is delivered on it.
	 * One that the peer has opened has auto-read off, so that nothing is read before the
	 * acceptor asks for it or turns auto-read on. Called on the connection's event loop;
	 * must not block. If it throws, the stream is closed.
	 * @param stream the stream
	 */
	void accept(StreamChildChannel stream);

}

package io.p2pboot.libp2p.netty;

/**
 * Sets up a negotiated stream: adds handlers to its channel's pipeline.
 */
@FunctionalInterface
public interface StreamInitializer {

	/**
	 * Sets the stream up. Called on the connection's event loop before any payload is
	 * delivered; the channel is active and has auto-read on. Must not block.
	 * @param stream the stream
	 * @throws Exception if the stream cannot be served: it is reset
	 */
	void initialize(StreamChannel stream) throws Exception;

}

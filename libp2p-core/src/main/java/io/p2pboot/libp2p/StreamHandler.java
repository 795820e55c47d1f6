package io.p2pboot.libp2p;

import java.io.IOException;

/**
 * Serves inbound streams of one protocol, each call on a thread of its own.
 */
@FunctionalInterface
public interface StreamHandler {

	/**
	 * Serves one stream. The stream is closed when this returns and reset when it throws.
	 * @param stream the stream, open in both directions
	 * @throws IOException if the stream failed or the handler gives it up: the stream is
	 * reset, with the code of a {@link StreamReset} where it is one; the connection lives
	 */
	void handle(Stream stream) throws IOException;

}

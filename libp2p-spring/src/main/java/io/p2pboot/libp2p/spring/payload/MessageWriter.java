package io.p2pboot.libp2p.spring.payload;

import java.io.Closeable;
import java.io.IOException;

/**
 * Sends messages to a peer, one after the other. Used by one thread at a time; another
 * one may read at the same time.
 *
 * @param <T> the type of the messages
 */
public interface MessageWriter<T> extends Closeable {

	/**
	 * Sends a message. Blocks while the peer's window is full, at most for the codec's
	 * timeout.
	 * @param message the message
	 * @throws io.p2pboot.libp2p.LimitExceeded if it is too long; nothing was sent
	 * @throws java.net.SocketTimeoutException if the peer does not take it in time
	 * @throws io.p2pboot.libp2p.StreamReset if either side reset the stream
	 * @throws IOException if the connection was lost or the thread was interrupted
	 * @throws IllegalArgumentException if it is null, an exception, or of a type without
	 * a converter
	 */
	void write(T message) throws IOException;

	/**
	 * Ends our side: the peer sees that no more messages come. Idempotent.
	 */
	@Override
	void close() throws IOException;

}

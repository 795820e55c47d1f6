package io.p2pboot.libp2p.spring;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletionStage;

/**
 * Publishes what {@link Libp2pTemplate} has encoded. Thread-safe.
 */
public interface TopicPublisher {

	/**
	 * Publishes a message. Blocks until the queues to peers have taken it.
	 * @param topic the topic
	 * @param message the bytes that remain; consumed
	 * @param atLeast how many peers at least have to be subscribed before it is sent; not
	 * negative
	 * @param within how long to wait for them; positive
	 * @return how many peers' queues took it
	 * @throws IOException if it was not published, or the thread was interrupted
	 */
	int publish(String topic, ByteBuffer message, int atLeast, Duration within) throws IOException;

	/**
	 * Publishes a message. Does not block.
	 * @param topic the topic
	 * @param message the bytes that remain; consumed
	 * @param atLeast how many peers at least have to be subscribed before it is sent; not
	 * negative
	 * @param within how long to wait for them; positive
	 * @return completes with how many peers' queues took it; fails as {@link #publish}
	 * throws
	 */
	CompletionStage<Integer> publishAsync(String topic, ByteBuffer message, int atLeast, Duration within);

}

package io.p2pboot.libp2p.pubsub;

import java.io.InterruptedIOException;
import java.nio.channels.AsynchronousCloseException;
import java.time.Duration;
import java.util.Optional;

/**
 * The messages of a topic from now on, in a bounded queue. Thread-safe; each message is
 * read once.
 */
public interface TopicSubscription extends AutoCloseable {

	/**
	 * Returns the topic.
	 * @return the name
	 */
	String topic();

	/**
	 * Takes the next message, blocking until there is one.
	 * @return the message
	 * @throws AsynchronousCloseException if the subscription is closed and its queue
	 * empty
	 * @throws InterruptedIOException if interrupted
	 */
	TopicMessage next() throws AsynchronousCloseException, InterruptedIOException;

	/**
	 * Takes the next message, blocking for a time at most.
	 * @param timeout how long to wait, not negative
	 * @return the message; empty if none came
	 * @throws AsynchronousCloseException if the subscription is closed and its queue
	 * empty
	 * @throws InterruptedIOException if interrupted
	 */
	Optional<TopicMessage> next(Duration timeout) throws AsynchronousCloseException, InterruptedIOException;

	/**
	 * Returns how many messages wait to be taken.
	 * @return the number
	 */
	int queued();

	/**
	 * Returns how many messages were dropped because the queue was full.
	 * @return the number
	 */
	long dropped();

	/**
	 * Ends the subscription; the topic is left with its last one. Does not block;
	 * idempotent.
	 */
	@Override
	void close();

}

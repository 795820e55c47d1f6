package io.p2pboot.libp2p.spring.topic;

import java.util.List;

import io.p2pboot.libp2p.pubsub.TopicMessage;

/**
 * What a listener does with messages. Any number of threads.
 */
@FunctionalInterface
public interface TopicCall {

	/**
	 * Handles messages; it may block. What it throws counts for all of them.
	 * @param messages the messages, one at least
	 * @param failures told of messages that could not be handled
	 * @throws Throwable anything
	 */
	void handle(List<TopicMessage> messages, FailureSink failures) throws Throwable;

	/**
	 * Is told of failures.
	 */
	@FunctionalInterface
	interface FailureSink {

		/**
		 * Some messages could not be handled.
		 * @param messages the messages
		 * @param failure why
		 */
		void failed(List<TopicMessage> messages, Throwable failure);

	}

}

package io.p2pboot.libp2p.spring.topic;

import java.util.List;

import io.p2pboot.libp2p.pubsub.TopicMessage;

/**
 * Is told of what a topic listener threw, unless a {@code @MessageExceptionHandler}
 * method of its bean took it, and of messages that it cannot read. The messages do not
 * come again. A bean of this type replaces the one that logs. Thread-safe; it may block,
 * and what it throws is logged.
 */
@FunctionalInterface
public interface TopicListenerErrorHandler {

	/**
	 * Looks at a failure.
	 * @param listener the id of the listener
	 * @param messages the messages that were not handled, one unless the listener takes
	 * batches
	 * @param failure what went wrong:
	 * {@link io.p2pboot.libp2p.spring.payload.UnreadableMessage} for a message that is
	 * not of the type that the listener takes, else what it threw
	 */
	void handle(String listener, List<TopicMessage> messages, Throwable failure);

}

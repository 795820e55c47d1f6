package io.p2pboot.libp2p.pubsub;

/**
 * Takes the messages of a topic, one after the other, on a thread of the node's executor.
 * It may block: messages then wait in the subscription's queue.
 */
@FunctionalInterface
public interface TopicHandler {

	/**
	 * Takes a message.
	 * @param message the message
	 * @throws Exception anything: it is logged, and the next message follows
	 */
	void handle(TopicMessage message) throws Exception;

}

package io.p2pboot.libp2p.pubsub;

/**
 * Decides about a message before it is delivered and forwarded. Own messages are
 * validated too. Called on a thread of the node's executor; what it throws counts as
 * {@link Validation#IGNORE}. Thread-safe.
 */
@FunctionalInterface
public interface TopicValidator {

	/**
	 * Decides about a message.
	 * @param message the message
	 * @return the decision
	 * @throws Exception if it cannot decide: the message is ignored
	 */
	Validation check(TopicMessage message) throws Exception;

}

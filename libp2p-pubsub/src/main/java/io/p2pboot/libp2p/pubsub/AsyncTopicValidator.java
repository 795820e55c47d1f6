package io.p2pboot.libp2p.pubsub;

import java.util.concurrent.CompletionStage;

/**
 * Decides about a message in its own time. A stage that fails, or is not complete within
 * the time of {@link ValidatorOptions}, counts as {@link Validation#IGNORE}. Thread-safe.
 */
@FunctionalInterface
public interface AsyncTopicValidator {

	/**
	 * Begins to decide about a message. Must not block.
	 * @param message the message
	 * @return completes with the decision
	 */
	CompletionStage<Validation> check(TopicMessage message);

}

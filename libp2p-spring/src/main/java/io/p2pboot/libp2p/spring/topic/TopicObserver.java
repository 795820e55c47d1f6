package io.p2pboot.libp2p.spring.topic;

import java.util.List;

import io.p2pboot.libp2p.pubsub.TopicMessage;
import io.p2pboot.libp2p.spring.CallObserver;

/**
 * Observes what topic listeners handle and what the template publishes, usually for
 * meters and traces. Thread-safe.
 */
public interface TopicObserver {

	/** Observes nothing. */
	TopicObserver NONE = new TopicObserver() {
	};

	/**
	 * A listener begins to handle messages. What follows on this thread, until the scope
	 * is closed, belongs to it.
	 * @param listener the id of the listener
	 * @param messages the messages, one unless the listener takes batches
	 * @return what to tell of its end
	 */
	default CallObserver.Scope processing(String listener, List<TopicMessage> messages) {
		return CallObserver.Scope.NONE;
	}

	/**
	 * The template begins to publish.
	 * @param topic the topic
	 * @return what to tell of its end, by any thread
	 */
	default CallObserver.Scope publishing(String topic) {
		return CallObserver.Scope.NONE;
	}

}

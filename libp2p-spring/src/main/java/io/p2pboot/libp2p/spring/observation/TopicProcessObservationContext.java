package io.p2pboot.libp2p.spring.observation;

import java.util.List;

import io.micrometer.observation.transport.Kind;
import io.micrometer.observation.transport.ReceiverContext;
import io.p2pboot.libp2p.pubsub.TopicMessage;

/**
 * What is known of messages that a topic listener handles. A tracer makes a span of the
 * kind CONSUMER of it; a message carries no context of its author's trace.
 */
public final class TopicProcessObservationContext extends ReceiverContext<TopicMessage> {

	private final String listener;

	private final String topic;

	private final List<TopicMessage> messages;

	/**
	 * Creates a context.
	 * @param listener the id of the listener
	 * @param topic the name under which the topic is measured
	 * @param messages the messages, one at least
	 */
	public TopicProcessObservationContext(String listener, String topic, List<TopicMessage> messages) {
		super((carrier, key) -> null, Kind.CONSUMER);
		this.listener = listener;
		this.topic = topic;
		this.messages = List.copyOf(messages);
		setCarrier(messages.get(0));
	}

	/**
	 * Returns the listener.
	 * @return its id
	 */
	public String listener() {
		return this.listener;
	}

	/**
	 * Returns the topic.
	 * @return the name under which it is measured
	 */
	public String topic() {
		return this.topic;
	}

	/**
	 * Returns the messages.
	 * @return one, or a batch
	 */
	public List<TopicMessage> messages() {
		return this.messages;
	}

}

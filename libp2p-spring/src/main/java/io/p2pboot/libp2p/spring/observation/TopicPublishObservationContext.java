package io.p2pboot.libp2p.spring.observation;

import io.micrometer.observation.transport.Kind;
import io.micrometer.observation.transport.SenderContext;

/**
 * What is known of a message that the template publishes. A tracer makes a span of the
 * kind PRODUCER of it; nothing of the trace goes to the peers.
 */
public final class TopicPublishObservationContext extends SenderContext<String> {

	private final String topic;

	/**
	 * Creates a context.
	 * @param topic the name under which the topic is measured
	 */
	public TopicPublishObservationContext(String topic) {
		super((carrier, key, value) -> {
		}, Kind.PRODUCER);
		this.topic = topic;
		setCarrier(topic);
	}

	/**
	 * Returns the topic.
	 * @return the name under which it is measured
	 */
	public String topic() {
		return this.topic;
	}

}

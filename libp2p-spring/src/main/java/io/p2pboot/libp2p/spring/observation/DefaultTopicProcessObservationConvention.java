package io.p2pboot.libp2p.spring.observation;

import io.micrometer.common.KeyValues;
import io.p2pboot.libp2p.pubsub.TopicMessage;

/**
 * The names of {@code libp2p.topic.process}. The author and who sent the first message
 * are high-cardinality keys: they never become tags of a meter. Stateless.
 */
public final class DefaultTopicProcessObservationConvention implements TopicProcessObservationConvention {

	/**
	 * Creates a convention.
	 */
	public DefaultTopicProcessObservationConvention() {
	}

	@Override
	public String getName() {
		return "libp2p.topic.process";
	}

	@Override
	public String getContextualName(TopicProcessObservationContext context) {
		return "libp2p process " + context.topic();
	}

	@Override
	public KeyValues getLowCardinalityKeyValues(TopicProcessObservationContext context) {
		return ObservedOutcome.of(context).and("libp2p.topic", context.topic(), "libp2p.listener", context.listener());
	}

	@Override
	public KeyValues getHighCardinalityKeyValues(TopicProcessObservationContext context) {
		TopicMessage first = context.messages().get(0);
		KeyValues keys = KeyValues.of("libp2p.peer.id", first.receivedFrom().toString(), "libp2p.messages",
				Integer.toString(context.messages().size()));
		return first.author().map((author) -> keys.and("libp2p.author.id", author.toString())).orElse(keys);
	}

}

package io.p2pboot.libp2p.spring.observation;

import io.micrometer.common.KeyValues;

/**
 * The names of {@code libp2p.topic.publish}. Stateless.
 */
public final class DefaultTopicPublishObservationConvention implements TopicPublishObservationConvention {

	/**
	 * Creates a convention.
	 */
	public DefaultTopicPublishObservationConvention() {
	}

	@Override
	public String getName() {
		return "libp2p.topic.publish";
	}

	@Override
	public String getContextualName(TopicPublishObservationContext context) {
		return "libp2p publish " + context.topic();
	}

	@Override
	public KeyValues getLowCardinalityKeyValues(TopicPublishObservationContext context) {
		return ObservedOutcome.of(context).and("libp2p.topic", context.topic());
	}

}

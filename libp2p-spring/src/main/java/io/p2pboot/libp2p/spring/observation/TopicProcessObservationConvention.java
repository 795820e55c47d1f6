package io.p2pboot.libp2p.spring.observation;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationConvention;

/**
 * Names the observation of messages that a topic listener handles and gives it its keys.
 * A bean of this type replaces {@link DefaultTopicProcessObservationConvention}.
 */
public interface TopicProcessObservationConvention extends ObservationConvention<TopicProcessObservationContext> {

	@Override
	default boolean supportsContext(Observation.Context context) {
		return context instanceof TopicProcessObservationContext;
	}

}

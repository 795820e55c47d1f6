package io.p2pboot.libp2p.spring.observation;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationConvention;

/**
 * Names the observation of a message that is published and gives it its keys. A bean of
 * this type replaces {@link DefaultTopicPublishObservationConvention}.
 */
public interface TopicPublishObservationConvention extends ObservationConvention<TopicPublishObservationContext> {

	@Override
	default boolean supportsContext(Observation.Context context) {
		return context instanceof TopicPublishObservationContext;
	}

}

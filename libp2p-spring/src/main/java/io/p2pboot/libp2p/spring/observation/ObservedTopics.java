package io.p2pboot.libp2p.spring.observation;

import java.util.List;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.p2pboot.libp2p.pubsub.TopicMessage;
import io.p2pboot.libp2p.spring.CallObserver;
import io.p2pboot.libp2p.spring.topic.TopicLabels;
import io.p2pboot.libp2p.spring.topic.TopicObserver;
import org.jspecify.annotations.Nullable;

/**
 * Observes what topic listeners handle and what the template publishes, with Micrometer.
 * Thread-safe.
 *
 * @param registry where observations go
 * @param labels under which names topics are measured
 * @param process whether what listeners handle is observed
 * @param publish whether what the template publishes is
 * @param processes names and keys of what listeners handle; null for the default
 * @param publishes names and keys of what is published; null for the default
 */
public record ObservedTopics(ObservationRegistry registry, TopicLabels labels, boolean process, boolean publish,
		@Nullable TopicProcessObservationConvention processes,
		@Nullable TopicPublishObservationConvention publishes) implements TopicObserver {

	private static final TopicProcessObservationConvention PROCESSES = new DefaultTopicProcessObservationConvention();

	private static final TopicPublishObservationConvention PUBLISHES = new DefaultTopicPublishObservationConvention();

	@Override
	public CallObserver.Scope processing(String listener, List<TopicMessage> messages) {
		if (!this.process) {
			return CallObserver.Scope.NONE;
		}
		Observation observation = Observation.start(this.processes, PROCESSES,
				() -> new TopicProcessObservationContext(listener, this.labels.used(messages.get(0).topic()), messages),
				this.registry);
		return observation.isNoop() ? CallObserver.Scope.NONE : new Observed(observation, observation.openScope());
	}

	@Override
	public CallObserver.Scope publishing(String topic) {
		if (!this.publish) {
			return CallObserver.Scope.NONE;
		}
		Observation observation = Observation.start(this.publishes, PUBLISHES,
				() -> new TopicPublishObservationContext(this.labels.used(topic)), this.registry);
		return observation.isNoop() ? CallObserver.Scope.NONE : new Observed(observation, null);
	}

	/**
	 * One observation.
	 *
	 * @param observation the observation
	 * @param scope its scope on the current thread; null if any thread ends it
	 */
	private record Observed(Observation observation, Observation.@Nullable Scope scope) implements CallObserver.Scope {

		@Override
		public void failed(Throwable failure) {
			this.observation.error(failure);
		}

		@Override
		public void close() {
			if (this.scope != null) {
				this.scope.close();
			}
			this.observation.stop();
		}

	}

}

package io.p2pboot.libp2p.spring.topic;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

import io.p2pboot.libp2p.pubsub.PubSub;
import io.p2pboot.libp2p.pubsub.PublishOptions;
import io.p2pboot.libp2p.pubsub.PublishResult;
import io.p2pboot.libp2p.spring.CallObserver;
import io.p2pboot.libp2p.spring.TopicPublisher;
import org.jspecify.annotations.Nullable;

/**
 * Publishes with the application's {@link io.p2pboot.libp2p.pubsub.PubSub}. Thread-safe.
 *
 * @param pubSub publish and subscribe, asked for with each message
 * @param observer observes each message
 */
public record PubSubPublisher(Supplier<PubSub> pubSub, TopicObserver observer) implements TopicPublisher {

	@Override
	public int publish(String topic, ByteBuffer message, int atLeast, Duration within) throws IOException {
		try (CallObserver.Scope scope = this.observer.publishing(topic)) {
			try {
				return this.pubSub.get().topic(topic).publish(message, options(atLeast, within)).peers();
			}
			catch (IOException | RuntimeException | Error ex) {
				scope.failed(ex);
				throw ex;
			}
		}
	}

	@Override
	public CompletionStage<Integer> publishAsync(String topic, ByteBuffer message, int atLeast, Duration within) {
		CallObserver.Scope scope = this.observer.publishing(topic);
		try {
			return this.pubSub.get()
				.topic(topic)
				.publishAsync(message, options(atLeast, within))
				.whenComplete((result, failure) -> end(scope, failure))
				.thenApply(PublishResult::peers);
		}
		catch (RuntimeException | Error ex) {
			end(scope, ex);
			throw ex;
		}
	}

	private static void end(CallObserver.Scope scope, @Nullable Throwable failure) {
		try (scope) {
			if (failure != null) {
				scope.failed((failure instanceof CompletionException wrapper && wrapper.getCause() != null)
						? wrapper.getCause() : failure);
			}
		}
	}

	private static PublishOptions options(int atLeast, Duration within) {
		return PublishOptions.atLeast(atLeast).within(within);
	}

}

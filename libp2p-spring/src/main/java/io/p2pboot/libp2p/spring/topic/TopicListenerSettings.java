package io.p2pboot.libp2p.spring.topic;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

import io.p2pboot.libp2p.pubsub.SubscribeOptions;

import org.springframework.util.Assert;

/**
 * How a topic listener listens. Immutable.
 *
 * @param id its name, not empty
 * @param description what it is, for errors: the bean and the method
 * @param topics the topics, one at least
 * @param concurrency how many messages or batches are handled at once; positive
 * @param autoStartup whether it starts with the application
 * @param queue how messages of a topic wait
 * @param batch how batches are made; empty to handle each message by itself
 */
public record TopicListenerSettings(String id, String description, List<String> topics, int concurrency,
		boolean autoStartup, SubscribeOptions queue, Optional<Batch> batch) {

	/** Checks the values. */
	public TopicListenerSettings {
		topics = List.copyOf(topics);
		Assert.hasText(id, "A topic listener needs an id");
		Assert.notEmpty(topics, "A topic listener needs a topic");
		Assert.isTrue(concurrency > 0, () -> "The concurrency must be positive, was " + concurrency);
	}

	/**
	 * How batches are made. Immutable.
	 *
	 * @param size how many messages at most; positive
	 * @param timeout how long to wait for more after the first one; not negative
	 */
	public record Batch(int size, Duration timeout) {

		/** Checks the values. */
		public Batch {
			Assert.isTrue(size > 0, () -> "The size of a batch must be positive, was " + size);
			Assert.isTrue(!timeout.isNegative(), () -> "The time of a batch must not be negative, was " + timeout);
		}

	}

}

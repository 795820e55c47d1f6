package io.p2pboot.libp2p.pubsub.gossip;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

/**
 * Which topics this node follows, for how many, and the queues of its subscribers. Any
 * thread; guarded by {@code lock}.
 */
final class FollowedTopics {

	private final ReentrantLock lock = new ReentrantLock();

	private final Map<String, Entry> topics = new HashMap<>();

	/** Told in the order of the changes. */
	private final Consumer<RouterEvent> router;

	private boolean closed;

	FollowedTopics(Consumer<RouterEvent> router) {
		this.router = router;
	}

	/** One more follows a topic; with a queue if it reads the messages. */
	void follow(String topic, @Nullable SubscriptionQueue queue) {
		this.lock.lock();
		try {
			if (this.closed) {
				throw new IllegalStateException("Publish and subscribe has ended on this node");
			}
			Entry entry = this.topics.computeIfAbsent(topic, (name) -> new Entry());
			if (queue != null) {
				entry.queues.add(queue);
			}
			if (++entry.followers == 1) {
				this.router.accept(new RouterEvent.Join(topic));
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	/** One less follows a topic. */
	void unfollow(String topic, @Nullable SubscriptionQueue queue) {
		this.lock.lock();
		try {
			Entry entry = this.topics.get(topic);
			if (entry == null) {
				return;
			}
			if (queue != null) {
				entry.queues.remove(queue);
			}
			if (--entry.followers == 0) {
				this.topics.remove(topic);
				this.router.accept(new RouterEvent.Leave(topic));
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	/** The queues of a topic's subscribers. */
	List<SubscriptionQueue> queues(String topic) {
		this.lock.lock();
		try {
			Entry entry = this.topics.get(topic);
			return (entry != null) ? entry.queues : List.of();
		}
		finally {
			this.lock.unlock();
		}
	}

	Set<String> names() {
		this.lock.lock();
		try {
			return new HashSet<>(this.topics.keySet());
		}
		finally {
			this.lock.unlock();
		}
	}

	/** Leaves every topic; the queues are to be closed. */
	List<SubscriptionQueue> close() {
		this.lock.lock();
		try {
			this.closed = true;
			List<SubscriptionQueue> open = this.topics.values()
				.stream()
				.flatMap((entry) -> entry.queues.stream())
				.toList();
			this.topics.keySet().forEach((topic) -> this.router.accept(new RouterEvent.Leave(topic)));
			this.topics.clear();
			return open;
		}
		finally {
			this.lock.unlock();
		}
	}

	/** One topic. */
	private static final class Entry {

		private final List<SubscriptionQueue> queues = new CopyOnWriteArrayList<>();

		private int followers;

	}

}

package io.p2pboot.libp2p.pubsub.gossip;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.ToIntFunction;

import io.netty.util.concurrent.EventExecutor;

/**
 * Those who wait until enough peers are subscribed to a topic. Router's thread only.
 */
final class PeerWaits {

	private final EventExecutor executor;

	private final ToIntFunction<String> subscribers;

	private final List<Wait> waits = new ArrayList<>();

	PeerWaits(EventExecutor executor, ToIntFunction<String> subscribers) {
		this.executor = executor;
		this.subscribers = subscribers;
	}

	/** Completes with the number of peers: enough of them, or those at the end. */
	void add(String topic, int count, long nanos, CompletableFuture<Integer> answer) {
		int there = this.subscribers.applyAsInt(topic);
		if (there >= count || nanos <= 0) {
			answer.complete(there);
			return;
		}
		Wait wait = new Wait(topic, count, answer);
		this.waits.add(wait);
		this.executor.schedule(() -> {
			if (this.waits.remove(wait)) {
				answer.complete(this.subscribers.applyAsInt(topic));
			}
		}, nanos, TimeUnit.NANOSECONDS);
	}

	/** Subscriptions may have changed. */
	void changed() {
		if (this.waits.isEmpty()) {
			return;
		}
		this.waits.removeIf((wait) -> {
			int there = this.subscribers.applyAsInt(wait.topic());
			return there >= wait.count() && wait.answer().complete(there);
		});
	}

	/** Nobody comes any more. */
	void close() {
		this.waits.forEach((wait) -> wait.answer().complete(0));
		this.waits.clear();
	}

	/**
	 * One who waits.
	 *
	 * @param topic for which topic
	 * @param count for how many peers
	 * @param answer takes how many there are
	 */
	private record Wait(String topic, int count, CompletableFuture<Integer> answer) {
	}

}

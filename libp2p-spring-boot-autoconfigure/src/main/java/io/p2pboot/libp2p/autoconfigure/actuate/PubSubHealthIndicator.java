package io.p2pboot.libp2p.autoconfigure.actuate;

import java.util.Map;
import java.util.TreeMap;

import io.p2pboot.libp2p.pubsub.PubSub;
import io.p2pboot.libp2p.spring.topic.MountedPubSub;

import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/**
 * Tells how many peers each joined topic has: down while one has fewer than a minimum. Up
 * where nobody publishes or subscribes. Waits for the router at most, not for the
 * network.
 */
public final class PubSubHealthIndicator extends AbstractHealthIndicator {

	private final MountedPubSub pubSub;

	private final int minPeers;

	/**
	 * Creates an indicator.
	 * @param pubSub publish and subscribe
	 * @param minPeers how many peers a joined topic is to have; 0 for any number
	 */
	public PubSubHealthIndicator(MountedPubSub pubSub, int minPeers) {
		super("libp2p publish and subscribe health check failed");
		this.pubSub = pubSub;
		this.minPeers = minPeers;
	}

	@Override
	protected void doHealthCheck(Health.Builder builder) {
		Map<String, Integer> topics = new TreeMap<>();
		this.pubSub.current().ifPresent((mounted) -> count(mounted, topics));
		long poor = topics.values().stream().filter((peers) -> peers < this.minPeers).count();
		builder.withDetail("peersByTopic", topics);
		if (poor > 0) {
			builder.down().withDetail("reason", poor + " topics have fewer than " + this.minPeers + " peers");
		}
		else {
			builder.up();
		}
	}

	private static void count(PubSub pubSub, Map<String, Integer> topics) {
		pubSub.topics().forEach((topic) -> topics.put(topic, pubSub.topic(topic).peers().size()));
	}

}

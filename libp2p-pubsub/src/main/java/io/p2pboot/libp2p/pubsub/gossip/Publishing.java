package io.p2pboot.libp2p.pubsub.gossip;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.pubsub.MeshParams;
import io.p2pboot.libp2p.pubsub.QueueLane;

/**
 * To whom messages go: own ones and those of others. Router's thread only.
 */
final class Publishing {

	private final RouterContext context;

	private final MeshParams params;

	private final Subscriptions subscriptions;

	Publishing(RouterContext context, Subscriptions subscriptions) {
		this.context = context;
		this.params = context.config().mesh();
		this.subscriptions = subscriptions;
	}

	/** Sends an own message; to how many peers, and how many had no room. */
	Outcome publish(RoutedMessage message, boolean flood) {
		return publish(List.of(message), flood).get(0);
	}

	/**
	 * Sends own messages. Each peer gets them in another order, so that every message has
	 * left once before any of them leaves a second time.
	 */
	List<Outcome> publish(List<RoutedMessage> messages, boolean flood) {
		int[] taken = new int[messages.size()];
		int[] dropped = new int[messages.size()];
		Map<PeerState, List<Integer>> shares = shares(messages, flood, dropped);
		int turn = 0;
		for (Map.Entry<PeerState, List<Integer>> share : shares.entrySet()) {
			Outbox outbox = share.getKey().outbox();
			List<Integer> indices = share.getValue();
			Collections.rotate(indices, -(int) ((long) turn++ * indices.size() / shares.size()));
			for (int index : indices) {
				int[] counted = outbox.own(messages.get(index), this.context.now()) ? taken : dropped;
				counted[index]++;
			}
			this.context.ready(share.getKey());
		}
		List<Outcome> outcomes = new ArrayList<>();
		for (int index = 0; index < messages.size(); index++) {
			outcomes.add(new Outcome(taken[index], dropped[index]));
		}
		return outcomes;
	}

	/**
	 * Which messages go to each peer, by their place; those that have no room go to none.
	 */
	private Map<PeerState, List<Integer>> shares(List<RoutedMessage> messages, boolean flood, int[] dropped) {
		Map<PeerState, List<Integer>> shares = new LinkedHashMap<>();
		long planned = 0;
		for (int index = 0; index < messages.size(); index++) {
			RoutedMessage message = messages.get(index);
			List<PeerState> targets = wanting(message, flood);
			if (targets.isEmpty()) {
				continue;
			}
			if (!this.context.budget().makeRoom(planned + message.length(), this.context.peers().values())) {
				targets.forEach((peer) -> this.context.observer().dropped(peer.id(), QueueLane.OWN, message.length()));
				dropped[index] = targets.size();
				continue;
			}
			planned += message.length();
			for (PeerState peer : targets) {
				shares.computeIfAbsent(peer, (key) -> new ArrayList<>()).add(index);
			}
		}
		return shares;
	}

	/** To whom an own message goes. */
	private List<PeerState> wanting(RoutedMessage message, boolean flood) {
		TopicState topic = this.subscriptions.known(message.topic());
		topic.published(this.context.now());
		List<PeerState> wanting = new ArrayList<>();
		for (PeerState peer : targets(topic, flood)) {
			if (Partials.isSentParts(peer, topic)) {
				// The application sends it parts.
				continue;
			}
			if (peer.wants(message.id())) {
				wanting.add(peer);
			}
			else {
				this.context.observer().saved(peer.id(), message.length());
			}
		}
		return wanting;
	}

	private Set<PeerState> targets(TopicState topic, boolean flood) {
		Set<PeerState> targets = new LinkedHashSet<>();
		for (PeerState peer : topic.peers()) {
			boolean always = peer.isDirect() || !peer.level().hasMesh() || flood;
			if (always && (peer.isDirect() || isPublishedTo(peer))) {
				targets.add(peer);
			}
		}
		if (!flood) {
			targets.addAll(topic.isJoined() ? topic.mesh() : fanout(topic));
			// A mesh that is too small yet must not keep a message from getting around.
			int missing = this.params.degree() - topic.mesh().size();
			if (topic.isJoined() && missing > 0) {
				targets.addAll(pick(topic, missing, targets));
			}
		}
		return targets;
	}

	private boolean isPublishedTo(PeerState peer) {
		return this.context.score(peer) >= this.context.score().thresholds().publish();
	}

	private Set<PeerState> fanout(TopicState topic) {
		int missing = this.params.degree() - topic.fanout().size();
		if (missing > 0) {
			topic.fanout().addAll(pick(topic, missing, topic.fanout()));
		}
		return topic.fanout();
	}

	private List<PeerState> pick(TopicState topic, int count, Set<PeerState> without) {
		return this.context.pick(topic.peers(), count,
				(peer) -> peer.level().hasMesh() && !peer.isDirect() && !without.contains(peer) && isPublishedTo(peer));
	}

	/** Passes a message of another peer on to everybody who may not have it. */
	void forward(TopicState topic, RoutedMessage message) {
		Set<PeerState> targets = new LinkedHashSet<>(topic.mesh());
		for (PeerState peer : topic.peers()) {
			if (peer.isDirect() || (!peer.level().hasMesh() && isPublishedTo(peer))) {
				targets.add(peer);
			}
		}
		Optional<PeerId> author = message.message().author();
		for (PeerState peer : targets) {
			if (Partials.isSentParts(peer, topic) || message.senders().contains(peer.id())
					|| (author.isPresent() && author.get().equals(peer.id()))) {
				continue;
			}
			if (!peer.wants(message.id())) {
				this.context.observer().saved(peer.id(), message.length());
				continue;
			}
			peer.outbox().forward(message, this.context.now());
			this.context.ready(peer);
		}
		this.context.budget().enforce(this.context.peers().values());
	}

	/** A heartbeat: what was published to long ago is forgotten, the rest kept full. */
	void heartbeat() {
		Iterator<TopicState> topics = this.context.topics().values().iterator();
		while (topics.hasNext()) {
			TopicState topic = topics.next();
			if (topic.isJoined()) {
				continue;
			}
			if (this.context.now() - topic.lastPublished() >= this.params.fanoutTimeToLive().toNanos()) {
				topics.remove();
				continue;
			}
			topic.fanout().removeIf((peer) -> !isPublishedTo(peer));
			fanout(topic);
		}
	}

	/**
	 * What became of an own message.
	 *
	 * @param peers how many peers' queues took it
	 * @param dropped how many had no room
	 */
	record Outcome(int peers, int dropped) {
	}

}

package io.p2pboot.libp2p.pubsub.gossip;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.pubsub.PartialMessages;
import io.p2pboot.libp2p.pubsub.PartialMode;
import io.p2pboot.libp2p.pubsub.PubSubConfig;
import io.p2pboot.libp2p.pubsub.PubSubObserver;
import org.jspecify.annotations.Nullable;

/**
 * What the parts of the router share, and the event that it is at. Router's thread only.
 */
final class RouterContext {

	private final PubSubConfig config;

	private final PeerId self;

	private final KeyedHash hash;

	private final PeerScore score;

	private final SeenCache seen;

	private final AuthorNumbers numbers;

	private final MessageCache cache;

	private final Deliveries deliveries;

	private final Backoffs backoffs;

	private final Promises promises = new Promises();

	private final QueueBudget budget;

	/** In the order in which they came: what is picked depends on chance alone. */
	private final Map<PeerId, PeerState> peers = new LinkedHashMap<>();

	private final Map<String, TopicState> topics = new LinkedHashMap<>();

	private final Set<PeerId> blacklist = new HashSet<>();

	private long heartbeat;

	private long now;

	private @Nullable RandomGenerator random;

	private @Nullable RouterSink sink;

	RouterContext(PubSubConfig config, PeerId self, KeyedHash hash) {
		this.config = config;
		this.self = self;
		this.hash = hash;
		this.score = new PeerScore(config.score());
		this.seen = new SeenCache(config.seen());
		this.numbers = new AuthorNumbers(config.replayAuthors(), config.seen().timeToLive().toNanos());
		this.cache = new MessageCache(config.gossip().historyLength(), config.gossip().historyGossip(),
				config.limits().cacheBytes());
		this.deliveries = new Deliveries(this.score, config.seen().timeToLive().toNanos());
		this.backoffs = new Backoffs(config.limits().maxBackoffs());
		this.budget = new QueueBudget(config.limits().totalQueueBytes());
	}

	void turn(long now, RandomGenerator random, RouterSink sink) {
		this.now = now;
		this.random = random;
		this.sink = sink;
	}

	PubSubConfig config() {
		return this.config;
	}

	PeerId self() {
		return this.self;
	}

	KeyedHash hash() {
		return this.hash;
	}

	PeerScore score() {
		return this.score;
	}

	SeenCache seen() {
		return this.seen;
	}

	AuthorNumbers numbers() {
		return this.numbers;
	}

	MessageCache cache() {
		return this.cache;
	}

	Deliveries deliveries() {
		return this.deliveries;
	}

	Backoffs backoffs() {
		return this.backoffs;
	}

	Promises promises() {
		return this.promises;
	}

	QueueBudget budget() {
		return this.budget;
	}

	Map<PeerId, PeerState> peers() {
		return this.peers;
	}

	Map<String, TopicState> topics() {
		return this.topics;
	}

	Set<PeerId> blacklist() {
		return this.blacklist;
	}

	PubSubObserver observer() {
		return this.config.observer();
	}

	long heartbeat() {
		return this.heartbeat;
	}

	void nextHeartbeat() {
		this.heartbeat++;
	}

	long now() {
		return this.now;
	}

	RandomGenerator random() {
		return present(this.random);
	}

	RouterSink sink() {
		return present(this.sink);
	}

	private static <T> T present(@Nullable T value) {
		if (value == null) {
			throw new IllegalStateException("Outside of an event");
		}
		return value;
	}

	double score(PeerState peer) {
		return this.score.effective(peer.id());
	}

	@Nullable TopicState joined(String topic) {
		TopicState state = this.topics.get(topic);
		return (state != null && state.isJoined()) ? state : null;
	}

	Digest digest(String topic) {
		return this.hash.of(Rpc.utf8(topic));
	}

	/** Whether parts of a topic's messages are exchanged; not if that cannot be said. */
	PartialMode partialMode(String topic) {
		PartialMessages application = this.config.partialMessages().orElse(null);
		if (application == null) {
			return PartialMode.NONE;
		}
		try {
			return application.mode(topic);
		}
		catch (RuntimeException ex) {
			observer().validatorFailed(topic, ex);
			return PartialMode.NONE;
		}
	}

	/** Something of a peer's outbox has changed. */
	void ready(PeerState peer) {
		if (!peer.outbox().isEmpty()) {
			sink().ready(peer.id());
		}
	}

	/** Picks some at random. */
	<T> List<T> pick(Collection<T> from, int count, Predicate<T> which) {
		List<T> fit = new ArrayList<>();
		for (T each : from) {
			if (which.test(each)) {
				fit.add(each);
			}
		}
		return some(fit, count);
	}

	/** Brings some to the front, at random; only they are shuffled. */
	<T> List<T> some(List<T> list, int count) {
		int last = Math.min(Math.max(0, count), list.size());
		for (int index = 0; index < last; index++) {
			int other = index + random().nextInt(list.size() - index);
			T moved = list.get(index);
			list.set(index, list.get(other));
			list.set(other, moved);
		}
		return list.subList(0, last);
	}

	<T> void shuffle(List<T> list) {
		for (int index = list.size() - 1; index > 0; index--) {
			int other = random().nextInt(index + 1);
			T moved = list.get(index);
			list.set(index, list.get(other));
			list.set(other, moved);
		}
	}

}

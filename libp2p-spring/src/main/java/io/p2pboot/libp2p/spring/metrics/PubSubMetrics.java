package io.p2pboot.libp2p.spring.metrics;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.pubsub.ControlKind;
import io.p2pboot.libp2p.pubsub.PubSubObserver;
import io.p2pboot.libp2p.pubsub.PubSubSnapshot;
import io.p2pboot.libp2p.pubsub.QueueLane;
import io.p2pboot.libp2p.pubsub.RejectReason;
import io.p2pboot.libp2p.pubsub.ScoreLevel;
import io.p2pboot.libp2p.pubsub.TopicMessage;
import io.p2pboot.libp2p.pubsub.Validation;
import io.p2pboot.libp2p.spring.topic.Libp2pTopicListenerRegistry;
import io.p2pboot.libp2p.spring.topic.TopicLabels;

/**
 * Measures publish and subscribe. A meter appears with its first event; a remote peer
 * chooses no tag value. Any number of registries; closing takes the meters out of them.
 * Thread-safe; allocates nothing for a message or frame once its meter exists.
 */
public final class PubSubMetrics implements PubSubObserver, MeterBinder, AutoCloseable {

	private final TopicLabels labels;

	private final Libp2pTopicListenerRegistry listeners;

	private final BoundRegistries<PubSubMeters> registries;

	private final AtomicInteger joined = new AtomicInteger();

	private final ConcurrentMap<String, AtomicInteger> mesh = new ConcurrentHashMap<>();

	private final ConcurrentMap<ProtocolPath, AtomicInteger> peers = new ConcurrentHashMap<>();

	private final ConcurrentMap<QueueLane, AtomicLong> queues = new ConcurrentHashMap<>();

	private final ConcurrentMap<ScoreLevel, AtomicInteger> scores = new ConcurrentHashMap<>();

	/** Who speaks which; as many as are connected. */
	private final Map<PeerId, ProtocolPath> protocols = new ConcurrentHashMap<>();

	/**
	 * Creates metrics.
	 * @param labels under which names topics are measured
	 * @param listeners the listeners that are measured
	 * @param histograms whether durations are counted in buckets
	 */
	public PubSubMetrics(TopicLabels labels, Libp2pTopicListenerRegistry listeners, boolean histograms) {
		this.labels = labels;
		this.listeners = listeners;
		this.registries = new BoundRegistries<>((registry) -> new PubSubMeters(registry, histograms));
	}

	/**
	 * Begins to fill a registry; does nothing if it is filled already.
	 * @param registry the registry
	 */
	@Override
	public void bindTo(MeterRegistry registry) {
		this.registries.bind(registry);
		this.registries.all().forEach(this::show);
		this.listeners.watch((listener) -> this.registries.all().forEach((meters) -> meters.listener(listener)));
	}

	/** Shows what is there already. */
	private void show(PubSubMeters meters) {
		if (this.joined.get() > 0) {
			meters.topics(this.joined);
		}
		this.peers.forEach(meters::peers);
		this.mesh.forEach(meters::mesh);
		showQueuesAndScores(meters);
	}

	private void showQueuesAndScores(PubSubMeters meters) {
		this.queues.forEach(meters::queued);
		this.scores.forEach(meters::scores);
	}

	/**
	 * Takes the meters out of every registry.
	 */
	@Override
	public void close() {
		this.registries.close();
	}

	@Override
	public void peerAdded(PeerId peer, ProtocolPath protocol) {
		ProtocolPath before = this.protocols.put(peer, protocol);
		if (before != null) {
			count(before).decrementAndGet();
		}
		AtomicInteger count = count(protocol);
		count.incrementAndGet();
		this.registries.all().forEach((meters) -> meters.peers(protocol, count));
	}

	@Override
	public void peerRemoved(PeerId peer) {
		ProtocolPath protocol = this.protocols.remove(peer);
		if (protocol != null) {
			count(protocol).decrementAndGet();
		}
	}

	private AtomicInteger count(ProtocolPath protocol) {
		return this.peers.computeIfAbsent(protocol, (key) -> new AtomicInteger());
	}

	@Override
	public void joined(String topic) {
		this.labels.used(topic);
		this.joined.incrementAndGet();
		this.registries.all().forEach((meters) -> meters.topics(this.joined));
	}

	@Override
	public void left(String topic) {
		this.joined.decrementAndGet();
	}

	@Override
	public void grafted(PeerId peer, String topic) {
		String label = this.labels.of(topic);
		AtomicInteger count = this.mesh.computeIfAbsent(label, (key) -> new AtomicInteger());
		count.incrementAndGet();
		this.registries.all().forEach((meters) -> meters.mesh(label, count));
	}

	@Override
	public void pruned(PeerId peer, String topic) {
		AtomicInteger count = this.mesh.get(this.labels.of(topic));
		if (count != null) {
			count.decrementAndGet();
		}
	}

	@Override
	public void delivered(TopicMessage message) {
		if (message.local()) {
			message(this.labels.used(message.topic()), MessageResult.PUBLISHED);
		}
		else {
			message(this.labels.of(message.topic()), MessageResult.DELIVERED);
		}
	}

	@Override
	public void duplicate(PeerId from, String topic) {
		message(this.labels.of(topic), MessageResult.DUPLICATE);
	}

	@Override
	public void rejected(PeerId from, String topic, RejectReason reason) {
		message(this.labels.of(topic), MessageResult.of(reason));
	}

	@Override
	public void undeliverable(TopicMessage message) {
		message(this.labels.of(message.topic()), MessageResult.UNDELIVERABLE);
	}

	private void message(String label, MessageResult result) {
		for (PubSubMeters meters : this.registries.all()) {
			meters.message(label, result);
		}
	}

	@Override
	public void received(PeerId from, int bytes) {
		for (PubSubMeters meters : this.registries.all()) {
			meters.frame(Direction.INBOUND, bytes);
		}
	}

	@Override
	public void sent(PeerId to, int bytes) {
		for (PubSubMeters meters : this.registries.all()) {
			meters.frame(Direction.OUTBOUND, bytes);
		}
	}

	@Override
	public void dropped(PeerId to, QueueLane lane, int bytes) {
		for (PubSubMeters meters : this.registries.all()) {
			meters.dropped(lane);
		}
	}

	@Override
	public void stalled(PeerId peer) {
		for (PubSubMeters meters : this.registries.all()) {
			meters.stalled();
		}
	}

	@Override
	public void controlReceived(PeerId from, ControlKind kind) {
		for (PubSubMeters meters : this.registries.all()) {
			meters.control(Direction.INBOUND, kind);
		}
	}

	@Override
	public void controlSent(PeerId to, ControlKind kind) {
		for (PubSubMeters meters : this.registries.all()) {
			meters.control(Direction.OUTBOUND, kind);
		}
	}

	@Override
	public void accepted(TopicMessage message, Duration elapsed) {
		for (PubSubMeters meters : this.registries.all()) {
			meters.delivery(elapsed);
		}
	}

	@Override
	public void validated(String topic, Validation validation, Duration elapsed) {
		for (PubSubMeters meters : this.registries.all()) {
			meters.validation(validation, elapsed);
		}
	}

	@Override
	public void snapshot(PubSubSnapshot snapshot) {
		for (QueueLane lane : QueueLane.values()) {
			this.queues.computeIfAbsent(lane, (key) -> new AtomicLong())
				.set(snapshot.queueBytes().getOrDefault(lane, 0L));
		}
		if (!snapshot.scores().isEmpty() || !this.scores.isEmpty()) {
			for (ScoreLevel level : ScoreLevel.values()) {
				this.scores.computeIfAbsent(level, (key) -> new AtomicInteger())
					.set(snapshot.scores().getOrDefault(level, 0));
			}
		}
		this.registries.all().forEach(this::showQueuesAndScores);
	}

	@Override
	public void skipped(PeerId from, long bytes) {
		for (PubSubMeters meters : this.registries.all()) {
			meters.skipped();
		}
	}

	@Override
	public void promisesBroken(PeerId peer, int count) {
		for (PubSubMeters meters : this.registries.all()) {
			meters.promisesBroken(count);
		}
	}

	@Override
	public void saved(PeerId peer, int bytes) {
		for (PubSubMeters meters : this.registries.all()) {
			meters.saved(bytes);
		}
	}

	@Override
	public void heartbeat(Duration elapsed) {
		for (PubSubMeters meters : this.registries.all()) {
			meters.heartbeat(elapsed);
		}
	}

	@Override
	public void validatorFailed(String topic, Throwable failure) {
		for (PubSubMeters meters : this.registries.all()) {
			meters.validatorFailed(this.labels.of(topic));
		}
	}

}

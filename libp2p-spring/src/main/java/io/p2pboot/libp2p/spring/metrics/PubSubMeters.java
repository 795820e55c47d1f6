package io.p2pboot.libp2p.spring.metrics;

import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.IntStream;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.pubsub.ControlKind;
import io.p2pboot.libp2p.pubsub.QueueLane;
import io.p2pboot.libp2p.pubsub.ScoreLevel;
import io.p2pboot.libp2p.pubsub.Validation;
import io.p2pboot.libp2p.spring.topic.TopicListener;
import org.jspecify.annotations.Nullable;

/**
 * The meters of publish and subscribe in one registry, each made with its first event.
 * Any thread.
 */
final class PubSubMeters extends TrackedMeters {

	private static final Duration[] DELIVERIES = IntStream.of(1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)
		.mapToObj(Duration::ofMillis)
		.toArray(Duration[]::new);

	private static final Duration[] HEARTBEATS = IntStream.of(1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
		.mapToObj(Duration::ofMillis)
		.toArray(Duration[]::new);

	private final ConcurrentMap<String, AtomicReferenceArray<@Nullable Counter>> messages = new ConcurrentHashMap<>();

	private final AtomicReferenceArray<@Nullable Counter> frames = new AtomicReferenceArray<>(
			Direction.values().length);

	private final AtomicReferenceArray<@Nullable Counter> bytes = new AtomicReferenceArray<>(Direction.values().length);

	private final AtomicReferenceArray<@Nullable Counter> controls = new AtomicReferenceArray<>(
			Direction.values().length * ControlKind.values().length);

	private final AtomicReferenceArray<@Nullable Timer> validations = new AtomicReferenceArray<>(
			Validation.values().length);

	private volatile @Nullable Timer deliveries;

	PubSubMeters(MeterRegistry registry, boolean histograms) {
		super(registry, histograms);
	}

	void message(String topic, MessageResult result) {
		AtomicReferenceArray<@Nullable Counter> ofTopic = this.messages.get(topic);
		if (ofTopic == null) {
			ofTopic = this.messages.computeIfAbsent(topic, (key) -> new AtomicReferenceArray<>(MessageResult.COUNT));
		}
		Counter counter = ofTopic.get(result.ordinal());
		if (counter == null) {
			counter = counter("libp2p.pubsub.messages", "Messages by what became of them",
					Tags.of("topic", topic, "result", result.result(), "reason", result.reason()));
			ofTopic.set(result.ordinal(), counter);
		}
		counter.increment();
	}

	void frame(Direction direction, int length) {
		Counter frame = this.frames.get(direction.ordinal());
		Counter size = this.bytes.get(direction.ordinal());
		if (frame == null || size == null) {
			Tags tags = Tags.of("dir", direction.label());
			frame = counter("libp2p.pubsub.rpc", "Frames of publish and subscribe", tags);
			size = counter("libp2p.pubsub.rpc.bytes", "Bytes of frames of publish and subscribe", tags, "bytes");
			this.frames.set(direction.ordinal(), frame);
			this.bytes.set(direction.ordinal(), size);
		}
		frame.increment();
		size.increment(length);
	}

	void control(Direction direction, ControlKind kind) {
		int index = direction.ordinal() * ControlKind.values().length + kind.ordinal();
		Counter counter = this.controls.get(index);
		if (counter == null) {
			counter = counter("libp2p.pubsub.control", "Control messages of gossipsub",
					Tags.of("dir", direction.label(), "kind", kind.toString()));
			this.controls.set(index, counter);
		}
		counter.increment();
	}

	void delivery(Duration elapsed) {
		Timer timer = this.deliveries;
		if (timer == null) {
			timer = timer("libp2p.pubsub.delivery", "Time from the arrival of a message until it was accepted",
					Tags.empty(), DELIVERIES);
			this.deliveries = timer;
		}
		timer.record(elapsed);
	}

	void validation(Validation validation, Duration elapsed) {
		Timer timer = this.validations.get(validation.ordinal());
		if (timer == null) {
			String result = switch (validation) {
				case ACCEPT -> "accepted";
				case REJECT -> "rejected";
				case IGNORE -> "ignored";
			};
			timer = timer("libp2p.pubsub.validation", "Time that the validators of a topic took",
					Tags.of("result", result), DELIVERIES);
			this.validations.set(validation.ordinal(), timer);
		}
		timer.record(elapsed);
	}

	void dropped(QueueLane lane) {
		counter("libp2p.pubsub.queue.dropped", "What was not sent to a peer that is too slow",
				Tags.of("lane", lane.toString()))
			.increment();
	}

	void queued(QueueLane lane, AtomicLong bytes) {
		gauge("libp2p.pubsub.queue.bytes", "Bytes that wait for peers", Tags.of("lane", lane.toString()), bytes,
				AtomicLong::doubleValue);
	}

	void scores(ScoreLevel level, AtomicInteger count) {
		gauge("libp2p.pubsub.score.peers", "Peers by what follows from their score", Tags.of("level", level.toString()),
				count);
	}

	void stalled() {
		counter("libp2p.pubsub.peers.stalled", "Peers that were hung up on because they read nothing", Tags.empty())
			.increment();
	}

	void skipped() {
		counter("libp2p.pubsub.rpc.skipped", "Frames that were too long or broken", Tags.empty()).increment();
	}

	void promisesBroken(int count) {
		counter("libp2p.pubsub.promises.broken", "Messages that peers offered and did not send", Tags.empty())
			.increment(count);
	}

	void saved(int length) {
		counter("libp2p.pubsub.idontwant.saved", "Bytes not sent to peers that had said they have them", Tags.empty(),
				"bytes")
			.increment(length);
	}

	void heartbeat(Duration elapsed) {
		timer("libp2p.pubsub.heartbeat", "Time that a heartbeat took", Tags.empty(), HEARTBEATS).record(elapsed);
	}

	void validatorFailed(String topic) {
		counter("libp2p.pubsub.validator.failures", "Decisions of validators that failed or took too long",
				Tags.of("topic", topic))
			.increment();
	}

	void peers(ProtocolPath protocol, AtomicInteger count) {
		gauge("libp2p.pubsub.peers", "Peers that publish and subscribe, by their protocol",
				Tags.of("protocol", protocol.value()), count);
	}

	void topics(AtomicInteger count) {
		gauge("libp2p.pubsub.topics", "Topics that are joined", Tags.empty(), count);
	}

	void mesh(String topic, AtomicInteger count) {
		gauge("libp2p.pubsub.mesh.peers", "Peers in meshes", Tags.of("topic", topic), count);
	}

	void listener(TopicListener listener) {
		Tags tags = Tags.of("id", listener.id());
		gauge("libp2p.pubsub.listener.queue", "Messages that wait for a topic listener", tags, listener,
				TopicListener::queued);
		counter("libp2p.pubsub.listener.handled", "Messages that a topic listener took", tags, listener,
				TopicListener::handled);
		counter("libp2p.pubsub.listener.failed", "Messages that a topic listener could not read or handle", tags,
				listener, TopicListener::failed);
		counter("libp2p.pubsub.listener.dropped", "Messages for which a topic listener's queue was full", tags,
				listener, TopicListener::dropped);
	}

}

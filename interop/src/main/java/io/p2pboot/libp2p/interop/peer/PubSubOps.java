package io.p2pboot.libp2p.interop.peer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.pubsub.GossipParams;
import io.p2pboot.libp2p.pubsub.MeshParams;
import io.p2pboot.libp2p.pubsub.MessageId;
import io.p2pboot.libp2p.pubsub.PartialMessage;
import io.p2pboot.libp2p.pubsub.PartialMessages;
import io.p2pboot.libp2p.pubsub.PartialMode;
import io.p2pboot.libp2p.pubsub.PartialSender;
import io.p2pboot.libp2p.pubsub.PeerExchangeParams;
import io.p2pboot.libp2p.pubsub.PubSub;
import io.p2pboot.libp2p.pubsub.PubSubConfig;
import io.p2pboot.libp2p.pubsub.PubSubLimits;
import io.p2pboot.libp2p.pubsub.PubSubObserver;
import io.p2pboot.libp2p.pubsub.RejectReason;
import io.p2pboot.libp2p.pubsub.ScoreParams;
import io.p2pboot.libp2p.pubsub.ScoreThresholds;
import io.p2pboot.libp2p.pubsub.SignaturePolicy;
import io.p2pboot.libp2p.pubsub.SubscribeOptions;
import io.p2pboot.libp2p.pubsub.Topic;
import io.p2pboot.libp2p.pubsub.TopicMessage;
import io.p2pboot.libp2p.pubsub.TopicScoreParams;
import io.p2pboot.libp2p.pubsub.TopicSubscription;
import io.p2pboot.libp2p.pubsub.Validation;
import io.p2pboot.libp2p.pubsub.ValidatorOptions;
import io.p2pboot.libp2p.pubsub.gossip.GossipSub;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The requests of publish and subscribe. Thread-safe.
 */
final class PubSubOps implements AutoCloseable {

	private static final int QUEUE_MESSAGES = 100_000;

	private static final long QUEUE_BYTES = 1L << 30;

	private static final int MAX_AUTHORS = 1000;

	/** Whoever sends invalid messages is scored down for minutes. */
	private static final TopicScoreParams SCORED = new TopicScoreParams(1, TopicScoreParams.TimeInMesh.NONE,
			TopicScoreParams.FirstDeliveries.NONE, TopicScoreParams.MeshDeliveries.NONE, -10, 0.999);

	private final PubSub pubsub;

	private final PeerOutput output;

	private final Map<String, TopicSubscription> subscriptions = new ConcurrentHashMap<>();

	private final Counts counts;

	private final Duration validating;

	private PubSubOps(PubSub pubsub, PeerOutput output, Counts counts, Duration validating) {
		this.pubsub = pubsub;
		this.output = output;
		this.counts = counts;
		this.validating = validating;
	}

	static Optional<PubSubOps> mount(NettyNode node, PrivateKey key, Arguments arguments, PeerOutput output)
			throws OpFailure {
		if (!arguments.has("pubsub")) {
			return Optional.empty();
		}
		JsonNode options = arguments.json().path("pubsub");
		Counts counts = new Counts(output);
		PubSub pubsub = GossipSub.mount(node, key, config(options, counts));
		return Optional
			.of(new PubSubOps(pubsub, output, counts, Duration.ofMillis(options.path("validateMs").asLong(0))));
	}

	private static PubSubConfig config(JsonNode options, Counts counts) throws OpFailure {
		PubSubConfig.Builder config = PubSubConfig.builder();
		if (options.path("router").asString("gossip").equals("flood")) {
			config.protocols(List.of(PubSubConfig.FLOODSUB));
		}
		else if (options.hasNonNull("protocols")) {
			config.protocols(
					options.path("protocols").valueStream().map(JsonNode::stringValue).map(ProtocolPath::of).toList());
		}
		if (!options.path("sign").asBoolean(true)) {
			config.signaturePolicy(SignaturePolicy.STRICT_NO_SIGN);
		}
		config.messageId(switch (options.path("ids").asString("")) {
			case "sha256" -> MessageId.SHA256_DATA;
			case "rust" -> MessageId.RUST;
			case "js" -> MessageId.JS;
			case "", "default" -> MessageId.DEFAULT;
			default -> throw new OpFailure("args", "No ids '" + options.path("ids") + "'");
		});
		if (options.hasNonNull("maxBytes")) {
			config.limits(PubSubLimits.DEFAULT.withMaxMessageBytes(options.path("maxBytes").asInt()));
		}
		if (options.hasNonNull("heartbeatMs")) {
			Duration interval = Duration.ofMillis(options.path("heartbeatMs").asLong());
			config.gossip(GossipParams.DEFAULT.withHeartbeat(interval, Duration.ofMillis(100)));
		}
		config.mesh(mesh(options));
		config.replayAuthors(options.path("replay").asBoolean(false) ? MAX_AUTHORS : 0);
		config.peerExchange(PeerExchangeParams.DEFAULT.withOffered(options.path("peerExchange").asBoolean(false)));
		if (options.path("score").asBoolean(false)) {
			config.score(ScoreParams.DEFAULT.withTopics(Map.of("scored", SCORED))
				.withThresholds(new ScoreThresholds(-50, -100, -200, 0, 0)));
		}
		if (options.path("partial").asBoolean(false)) {
			config.partialMessages(counts);
		}
		return config.observer(counts).build();
	}

	private static MeshParams mesh(JsonNode options) {
		MeshParams mesh = MeshParams.DEFAULT.withFloodPublish(options.path("floodPublish").asBoolean(false));
		int degree = options.path("degree").asInt(0);
		return (degree > 0) ? mesh.withSizes(degree, degree, degree + 1, degree, 0) : mesh;
	}

	ObjectNode subscribe(Arguments arguments) throws OpFailure {
		Topic topic = this.pubsub.topic(arguments.text("topic"));
		if (!this.validating.isZero()) {
			Executor later = CompletableFuture.delayedExecutor(this.validating.toMillis(), TimeUnit.MILLISECONDS);
			this.pubsub.validateAsync(topic.name(),
					(message) -> CompletableFuture.supplyAsync(() -> Validation.ACCEPT, later),
					ValidatorOptions.DEFAULT);
		}
		SubscribeOptions queue = new SubscribeOptions(QUEUE_MESSAGES, QUEUE_BYTES, SubscribeOptions.DEFAULT.overflow());
		TopicSubscription subscription = topic.subscribe(queue, (message) -> {
			if (!message.local()) {
				this.output.event("message", describe(message));
			}
		});
		TopicSubscription before = this.subscriptions.put(topic.name(), subscription);
		if (before != null) {
			before.close();
		}
		return JsonNodeFactory.instance.objectNode();
	}

	private static ObjectNode describe(TopicMessage message) throws NoSuchAlgorithmException {
		MessageDigest digest = MessageDigest.getInstance("SHA-256");
		int size = message.data().remaining();
		digest.update(message.data());
		return JsonNodeFactory.instance.objectNode()
			.put("topic", message.topic())
			.put("via", message.receivedFrom().toString())
			.put("from", message.author().map(PeerId::toString).orElse(null))
			.put("seqno", message.sequence().map(PubSubOps::hex).orElse(null))
			.put("size", size)
			.put("sha256", HexFormat.of().formatHex(digest.digest()))
			.put("id", hex(message.id()));
	}

	private static String hex(ByteBuffer bytes) {
		byte[] copy = new byte[bytes.remaining()];
		bytes.duplicate().get(copy);
		return HexFormat.of().formatHex(copy);
	}

	ObjectNode unsubscribe(Arguments arguments) throws OpFailure {
		TopicSubscription subscription = this.subscriptions.remove(arguments.text("topic"));
		if (subscription != null) {
			subscription.close();
		}
		return JsonNodeFactory.instance.objectNode();
	}

	ObjectNode publish(Arguments arguments) throws OpFailure {
		Topic topic = this.pubsub.topic(arguments.text("topic"));
		int size = Math.max(Long.BYTES, arguments.count("size", Long.BYTES));
		long first = arguments.number("n", 0);
		long pause = arguments.number("ms", 0);
		int published = 0;
		List<String> errors = new ArrayList<>();
		for (int index = 0; index < arguments.count("count", 1); index++) {
			try {
				topic.publish(numbered(first + index, size));
				published++;
			}
			catch (IOException ex) {
				errors.add(ex.getMessage());
			}
			if (pause > 0) {
				LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(pause));
			}
		}
		ObjectNode result = JsonNodeFactory.instance.objectNode()
			.put("published", published)
			.put("failed", errors.size());
		ArrayNode first5 = result.putArray("errors");
		errors.stream().limit(5).forEach(first5::add);
		return result;
	}

	/** A number, then the pattern from that number on. */
	private static ByteBuffer numbered(long number, int size) {
		ByteBuffer payload = ByteBuffer.allocate(size).putLong(number);
		for (int index = 0; payload.hasRemaining(); index++) {
			payload.put(Pattern.at(number + index));
		}
		return payload.flip();
	}

	ObjectNode mesh(Arguments arguments) throws OpFailure {
		Topic topic = this.pubsub.topic(arguments.text("topic"));
		ObjectNode result = JsonNodeFactory.instance.objectNode();
		addAll(result.putArray("mesh"), topic.mesh());
		addAll(result.putArray("peers"), topic.peers());
		return result.put("duplicates", this.counts.duplicates(topic.name())).put("saved", this.counts.saved());
	}

	private static void addAll(ArrayNode array, List<PeerId> peers) {
		peers.stream().map(PeerId::toString).sorted().forEach(array::add);
	}

	@Override
	public void close() {
		this.pubsub.close();
	}

	ObjectNode sendPart(Arguments arguments) throws OpFailure {
		PartialMessage message = new PartialMessage(arguments.text("topic"), bytes(arguments.text("group")),
				optional(arguments, "part"), optional(arguments, "metadata"));
		boolean sent = this.pubsub.sendPartial(StreamOps.peer(arguments), message).toCompletableFuture().join();
		if (!sent) {
			throw new OpFailure("internal", "The parts were not sent");
		}
		return JsonNodeFactory.instance.objectNode();
	}

	private static Optional<ByteBuffer> optional(Arguments arguments, String name) throws OpFailure {
		return arguments.has(name) ? Optional.of(bytes(arguments.text(name))) : Optional.empty();
	}

	private static ByteBuffer bytes(String hex) {
		return ByteBuffer.wrap(HexFormat.of().parseHex(hex));
	}

	/** Tells what was rejected, and of parts, and counts copies of messages. */
	private static final class Counts implements PubSubObserver, PartialMessages {

		private final PeerOutput output;

		private final Map<String, Integer> duplicates = new ConcurrentHashMap<>();

		private final AtomicInteger saved = new AtomicInteger();

		Counts(PeerOutput output) {
			this.output = output;
		}

		int duplicates(String topic) {
			return this.duplicates.getOrDefault(topic, 0);
		}

		int saved() {
			return this.saved.get();
		}

		@Override
		public PartialMode mode(String topic) {
			return PartialMode.REQUESTS;
		}

		@Override
		public void received(PeerId from, PartialMessage message, PartialSender sender) {
			this.output.event("part",
					JsonNodeFactory.instance.objectNode()
						.put("topic", message.topic())
						.put("via", from.toString())
						.put("group", hex(message.group()))
						.put("part", message.part().map(PubSubOps::hex).orElse(""))
						.put("metadata", message.metadata().map(PubSubOps::hex).orElse("")));
		}

		@Override
		public void rejected(PeerId from, String topic, RejectReason reason) {
			this.output.event("rejected",
					JsonNodeFactory.instance.objectNode()
						.put("topic", topic)
						.put("via", from.toString())
						.put("reason", reason.toString()));
		}

		@Override
		public void duplicate(PeerId from, String topic) {
			this.duplicates.merge(topic, 1, Integer::sum);
		}

		@Override
		public void saved(PeerId peer, int bytes) {
			this.saved.incrementAndGet();
		}

	}

}

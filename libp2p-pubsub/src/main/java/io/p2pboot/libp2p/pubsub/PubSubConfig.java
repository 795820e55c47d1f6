package io.p2pboot.libp2p.pubsub;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.ProtocolPath;

/**
 * How a node publishes and subscribes. Immutable. All nodes of a network have to agree on
 * {@link #signaturePolicy()} and should on {@link #messageId()}.
 *
 * @param protocols the protocols that are offered, the preferred first
 * @param signaturePolicy whether messages are signed
 * @param attachKey whether the public key is sent along even where the author's id holds
 * it (jvm-libp2p needs that)
 * @param messageId makes the ids of messages
 * @param mesh how meshes are kept
 * @param gossip what is gossiped
 * @param peerExchange whether pruned peers are told of others
 * @param seen how long messages are remembered
 * @param replayAuthors of how many authors the numbers of their messages are kept, so
 * that none is delivered again once it is remembered as seen no more; 0: of none. Nodes
 * whose numbers do not grow (old JavaScript and JVM ones) are then not heard for long
 * @param limits what a peer may make this node keep or do
 * @param score how peers are scored; empty: not at all
 * @param directPeers peers that every message is sent to and that are never pruned; both
 * sides have to name each other
 * @param partialMessages what becomes of parts of messages; empty: messages are whole
 * @param topicFilter of which topics the subscriptions of others are heeded
 * @param echo whether own messages are delivered to own subscribers
 * @param observer what measures
 */
public record PubSubConfig(List<ProtocolPath> protocols, SignaturePolicy signaturePolicy, boolean attachKey,
		MessageId messageId, MeshParams mesh, GossipParams gossip, PeerExchangeParams peerExchange, SeenParams seen,
		int replayAuthors, PubSubLimits limits, Optional<ScoreParams> score, List<AddrInfo> directPeers,
		Optional<PartialMessages> partialMessages, Predicate<String> topicFilter, boolean echo,
		PubSubObserver observer) {

	/** Floodsub: every message to every subscriber. */
	public static final ProtocolPath FLOODSUB = ProtocolPath.of("/floodsub/1.0.0");

	/** Gossipsub 1.0. */
	public static final ProtocolPath GOSSIPSUB_1_0 = ProtocolPath.of("/meshsub/1.0.0");

	/** Gossipsub 1.1: scores, back-off, peer exchange. */
	public static final ProtocolPath GOSSIPSUB_1_1 = ProtocolPath.of("/meshsub/1.1.0");

	/** Gossipsub 1.2: IDONTWANT. */
	public static final ProtocolPath GOSSIPSUB_1_2 = ProtocolPath.of("/meshsub/1.2.0");

	/** Gossipsub 1.3: extensions. */
	public static final ProtocolPath GOSSIPSUB_1_3 = ProtocolPath.of("/meshsub/1.3.0");

	/** Every protocol, the newest first. */
	public static final List<ProtocolPath> ALL_PROTOCOLS = List.of(GOSSIPSUB_1_3, GOSSIPSUB_1_2, GOSSIPSUB_1_1,
			GOSSIPSUB_1_0, FLOODSUB);

	/** Copies the lists and checks the protocols. */
	public PubSubConfig {
		protocols = List.copyOf(protocols);
		directPeers = List.copyOf(directPeers);
		Checks.range("replayAuthors", replayAuthors, 0, 10_000_000);
		Checks.that(!protocols.isEmpty(), "At least one protocol is needed", protocols);
		Checks.that(ALL_PROTOCOLS.containsAll(protocols), "The protocols must be of " + ALL_PROTOCOLS, protocols);
		Checks.that(!(signaturePolicy.forbidsAuthor() && messageId == MessageId.RUST),
				"Messages without author all have the same id with MessageId.RUST", signaturePolicy);
	}

	/**
	 * Begins with the defaults of the specification and of Go: signed messages, ids of
	 * author and number, no score.
	 * @return a new builder
	 */
	public static Builder builder() {
		return new Builder();
	}

	/**
	 * Begins with what Kubo does: signed messages that flood to every peer of the topic,
	 * remembered for 120 seconds from the last sight, and not delivered again after that.
	 * @return a new builder
	 */
	public static Builder ipfs() {
		return builder().mesh(MeshParams.DEFAULT.withFloodPublish(true))
			.seen(new SeenParams(Duration.ofSeconds(120), true, SeenParams.DEFAULT.maxMessages()))
			.replayAuthors(100_000);
	}

	/**
	 * Begins with what Ethereum's consensus clients agree on: unsigned messages, ids of
	 * topic and data, a heartbeat of 0.7 seconds, messages of 10 MiB. The data of
	 * messages is Snappy in block format, which the application writes and reads.
	 * @return a new builder
	 */
	public static Builder ethereum() {
		return builder().signaturePolicy(SignaturePolicy.STRICT_NO_SIGN)
			.messageId(EthereumMessageId.INSTANCE)
			.mesh(MeshParams.DEFAULT.withSizes(8, 6, 12, 4, 2)
				.withBackoff(Duration.ofSeconds(60), Duration.ofSeconds(10), Duration.ofMillis(1400)))
			.gossip(GossipParams.DEFAULT.withHeartbeat(Duration.ofMillis(700), Duration.ofMillis(100))
				.withHistory(6, 3, Duration.ofSeconds(3)))
			.seen(new SeenParams(Duration.ofSeconds(768), false, SeenParams.DEFAULT.maxMessages()))
			.limits(PubSubLimits.DEFAULT.withMaxMessageBytes(EthereumMessageId.MAX_FRAME_BYTES))
			.score(ScoreParams.DEFAULT.withThresholds(new ScoreThresholds(-4000, -8000, -16_000, 100, 5))
				.withColocation(-35, 8)
				.withBehaviour(-15.92, 6, 0.9857));
	}

	/**
	 * Begins with what Lotus does as a node that is no bootstrapper: signed messages with
	 * ids of their data, flooding.
	 * @return a new builder
	 */
	public static Builder filecoin() {
		return builder().messageId(MessageId.BLAKE2B256_DATA)
			.mesh(MeshParams.DEFAULT.withSizes(8, 6, 12, 6, 3).withFloodPublish(true))
			.gossip(GossipParams.DEFAULT.withGossip(6, 0.1).withHistory(10, 3, Duration.ofSeconds(5)))
			.score(ScoreParams.DEFAULT.withThresholds(new ScoreThresholds(-500, -1000, -2500, 1000, 3.5))
				.withColocation(-100, 5)
				.withBehaviour(-10, 6, ScoreParams.decay(Duration.ofHours(1), Duration.ofSeconds(1),
						ScoreParams.DEFAULT.decayToZero())));
	}

	/**
	 * Begins with this configuration.
	 * @return a new builder
	 */
	public Builder toBuilder() {
		Builder builder = new Builder();
		builder.protocols = this.protocols;
		builder.signaturePolicy = this.signaturePolicy;
		builder.attachKey = this.attachKey;
		builder.messageId = this.messageId;
		builder.mesh = this.mesh;
		builder.gossip = this.gossip;
		builder.peerExchange = this.peerExchange;
		builder.seen = this.seen;
		builder.replayAuthors = this.replayAuthors;
		builder.limits = this.limits;
		builder.score = this.score;
		builder.directPeers = this.directPeers;
		builder.partialMessages = this.partialMessages;
		builder.topicFilter = this.topicFilter;
		builder.echo = this.echo;
		builder.observer = this.observer;
		return builder;
	}

	/**
	 * Collects a configuration. Not thread-safe.
	 */
	public static final class Builder {

		private List<ProtocolPath> protocols = ALL_PROTOCOLS;

		private SignaturePolicy signaturePolicy = SignaturePolicy.STRICT_SIGN;

		private boolean attachKey;

		private MessageId messageId = MessageId.DEFAULT;

		private MeshParams mesh = MeshParams.DEFAULT;

		private GossipParams gossip = GossipParams.DEFAULT;

		private PeerExchangeParams peerExchange = PeerExchangeParams.DEFAULT;

		private SeenParams seen = SeenParams.DEFAULT;

		private int replayAuthors;

		private PubSubLimits limits = PubSubLimits.DEFAULT;

		private Optional<ScoreParams> score = Optional.empty();

		private List<AddrInfo> directPeers = List.of();

		private Optional<PartialMessages> partialMessages = Optional.empty();

		private Predicate<String> topicFilter = (topic) -> true;

		private boolean echo = true;

		private PubSubObserver observer = PubSubObserver.NONE;

		private Builder() {
		}

		/**
		 * Sets the protocols that are offered.
		 * @param protocols of {@link #ALL_PROTOCOLS}, the preferred first
		 * @return this
		 */
		public Builder protocols(List<ProtocolPath> protocols) {
			this.protocols = protocols;
			return this;
		}

		/**
		 * Sets whether messages are signed.
		 * @param policy the policy
		 * @return this
		 */
		public Builder signaturePolicy(SignaturePolicy policy) {
			this.signaturePolicy = policy;
			return this;
		}

		/**
		 * Sets whether the public key is always sent along.
		 * @param attachKey whether it is, even where the author's id holds it
		 * @return this
		 */
		public Builder attachKey(boolean attachKey) {
			this.attachKey = attachKey;
			return this;
		}

		/**
		 * Sets what makes the ids of messages.
		 * @param messageId the function
		 * @return this
		 */
		public Builder messageId(MessageId messageId) {
			this.messageId = messageId;
			return this;
		}

		/**
		 * Sets how meshes are kept.
		 * @param mesh the parameters
		 * @return this
		 */
		public Builder mesh(MeshParams mesh) {
			this.mesh = mesh;
			return this;
		}

		/**
		 * Sets what is gossiped.
		 * @param gossip the parameters
		 * @return this
		 */
		public Builder gossip(GossipParams gossip) {
			this.gossip = gossip;
			return this;
		}

		/**
		 * Sets whether pruned peers are told of others.
		 * @param peerExchange the parameters
		 * @return this
		 */
		public Builder peerExchange(PeerExchangeParams peerExchange) {
			this.peerExchange = peerExchange;
			return this;
		}

		/**
		 * Sets how long messages are remembered.
		 * @param seen the parameters
		 * @return this
		 */
		public Builder seen(SeenParams seen) {
			this.seen = seen;
			return this;
		}

		/**
		 * Sets of how many authors the numbers of messages are kept against replay.
		 * @param authors how many; 0: of none
		 * @return this
		 */
		public Builder replayAuthors(int authors) {
			this.replayAuthors = authors;
			return this;
		}

		/**
		 * Sets what a peer may make this node keep or do.
		 * @param limits the limits
		 * @return this
		 */
		public Builder limits(PubSubLimits limits) {
			this.limits = limits;
			return this;
		}

		/**
		 * Has peers scored.
		 * @param score the parameters
		 * @return this
		 */
		public Builder score(ScoreParams score) {
			this.score = Optional.of(score);
			return this;
		}

		/**
		 * Has peers not scored.
		 * @return this
		 */
		public Builder noScore() {
			this.score = Optional.empty();
			return this;
		}

		/**
		 * Sets the peers that every message is sent to.
		 * @param directPeers the peers and where they are reached
		 * @return this
		 */
		public Builder directPeers(List<AddrInfo> directPeers) {
			this.directPeers = directPeers;
			return this;
		}

		/**
		 * Has parts of messages exchanged, with peers that speak gossipsub 1.3 and do so
		 * too. Experimental.
		 * @param application what cuts and merges them
		 * @return this
		 */
		public Builder partialMessages(PartialMessages application) {
			this.partialMessages = Optional.of(application);
			return this;
		}

		/**
		 * Sets of which topics the subscriptions of others are heeded.
		 * @param topicFilter tells of a topic whether it is; called on the router's
		 * thread, must not block
		 * @return this
		 */
		public Builder topicFilter(Predicate<String> topicFilter) {
			this.topicFilter = topicFilter;
			return this;
		}

		/**
		 * Sets whether own messages are delivered to own subscribers.
		 * @param echo whether they are
		 * @return this
		 */
		public Builder echo(boolean echo) {
			this.echo = echo;
			return this;
		}

		/**
		 * Sets what measures.
		 * @param observer the observer
		 * @return this
		 */
		public Builder observer(PubSubObserver observer) {
			this.observer = observer;
			return this;
		}

		/**
		 * Builds the configuration.
		 * @return the configuration
		 * @throws IllegalArgumentException if values do not fit each other
		 */
		public PubSubConfig build() {
			return new PubSubConfig(this.protocols, this.signaturePolicy, this.attachKey, this.messageId, this.mesh,
					this.gossip, this.peerExchange, this.seen, this.replayAuthors, this.limits, this.score,
					this.directPeers, this.partialMessages, this.topicFilter, this.echo, this.observer);
		}

	}

}

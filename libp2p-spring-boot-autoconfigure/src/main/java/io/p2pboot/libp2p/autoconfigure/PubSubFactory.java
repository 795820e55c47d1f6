package io.p2pboot.libp2p.autoconfigure;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.pubsub.GossipParams;
import io.p2pboot.libp2p.pubsub.MeshParams;
import io.p2pboot.libp2p.pubsub.MessageId;
import io.p2pboot.libp2p.pubsub.PeerExchangeParams;
import io.p2pboot.libp2p.pubsub.PubSub;
import io.p2pboot.libp2p.pubsub.PubSubConfig;
import io.p2pboot.libp2p.pubsub.PubSubLimits;
import io.p2pboot.libp2p.pubsub.ScoreParams;
import io.p2pboot.libp2p.pubsub.ScoreThresholds;
import io.p2pboot.libp2p.pubsub.SeenParams;
import io.p2pboot.libp2p.pubsub.SubscribeOptions;
import io.p2pboot.libp2p.pubsub.ValidatorOptions;
import io.p2pboot.libp2p.pubsub.gossip.GossipSub;
import io.p2pboot.libp2p.spring.handler.TopicRegistrar;
import io.p2pboot.libp2p.spring.topic.TopicListenerSettings;
import org.jspecify.annotations.Nullable;

import org.springframework.util.unit.DataSize;

/**
 * Makes publish and subscribe out of properties; a value that does not fit is named with
 * its property. Stateless.
 *
 * @param properties the properties
 */
record PubSubFactory(Libp2pPubSubProperties properties) {

	/** The one place where publish and subscribe is put on a node. */
	static PubSub attach(NettyNode node, PrivateKey identity, PubSubConfig config) {
		return config.signaturePolicy().signs() ? GossipSub.mount(node, identity, config)
				: GossipSub.mount(node, config);
	}

	/** What the properties say, for customizers to change. */
	PubSubConfig.Builder builder() {
		PubSubConfig.Builder builder = profile();
		PubSubConfig profile = builder.build();
		if (this.properties.router() == Libp2pPubSubProperties.Router.FLOODSUB) {
			builder.protocols(List.of(PubSubConfig.FLOODSUB));
		}
		set(this.properties.signaturePolicy(), builder::signaturePolicy);
		set(messageId(), builder::messageId);
		builder.attachKey(this.properties.attachKey())
			.echo(this.properties.echo())
			.directPeers(this.properties.directPeers())
			.peerExchange(PeerExchangeParams.DEFAULT.withOffered(this.properties.peerExchange()));
		builder.seen(checked("seen", () -> seen(profile.seen())));
		builder.mesh(checked("mesh", () -> mesh(profile.mesh())));
		builder.gossip(checked("gossip", () -> gossip(profile.gossip())));
		builder.limits(checked("queue", () -> queue(size(profile.limits()))));
		checked("score", () -> score(profile.score())).ifPresentOrElse(builder::score, builder::noScore);
		return builder;
	}

	private PubSubConfig.Builder profile() {
		return switch (this.properties.profile()) {
			case DEFAULT -> PubSubConfig.builder();
			case IPFS -> PubSubConfig.ipfs();
			case ETHEREUM -> PubSubConfig.ethereum();
			case FILECOIN -> PubSubConfig.filecoin();
		};
	}

	private @Nullable MessageId messageId() {
		Libp2pPubSubProperties.MessageIdFunction function = this.properties.messageId();
		return (function == null) ? null : switch (function) {
			case DEFAULT -> MessageId.DEFAULT;
			case RUST -> MessageId.RUST;
			case JS -> MessageId.JS;
			case SHA256_DATA -> MessageId.SHA256_DATA;
			case BLAKE2B256_DATA -> MessageId.BLAKE2B256_DATA;
		};
	}

	private SeenParams seen(SeenParams profile) {
		Libp2pPubSubProperties.Seen seen = this.properties.seen();
		return new SeenParams(or(seen.timeToLive(), profile.timeToLive()),
				or(seen.fromLastSight(), profile.sinceLast()), or(seen.maxMessages(), profile.maxMessages()));
	}

	private MeshParams mesh(MeshParams profile) {
		Libp2pPubSubProperties.Mesh mesh = this.properties.mesh();
		return profile
			.withSizes(or(mesh.degree(), profile.degree()), or(mesh.low(), profile.low()),
					or(mesh.high(), profile.high()), or(mesh.score(), profile.score()),
					or(mesh.outbound(), profile.outbound()))
			.withBackoff(or(mesh.pruneBackoff(), profile.pruneBackoff()),
					or(mesh.unsubscribeBackoff(), profile.unsubscribeBackoff()), profile.backoffSlack())
			.withFloodPublish(or(this.properties.floodPublish(), profile.floodPublish()));
	}

	private GossipParams gossip(GossipParams profile) {
		Libp2pPubSubProperties.Gossip gossip = this.properties.gossip();
		Duration heartbeat = or(gossip.heartbeat(), profile.heartbeat());
		Duration first = (heartbeat.compareTo(profile.firstHeartbeat()) < 0) ? heartbeat : profile.firstHeartbeat();
		DataSize threshold = gossip.idontwantThreshold();
		return profile.withHeartbeat(heartbeat, first)
			.withGossip(or(gossip.lazy(), profile.lazy()), or(gossip.factor(), profile.factor()))
			.withHistory(or(gossip.historyLength(), profile.historyLength()),
					or(gossip.historyGossip(), profile.historyGossip()), profile.followUp())
			.withDoNotWantBytes((threshold != null) ? bytes(threshold) : profile.doNotWantBytes());
	}

	private PubSubLimits size(PubSubLimits profile) {
		DataSize size = this.properties.maxMessageSize();
		return (size == null) ? profile : checked("max-message-size", () -> profile.withMaxMessageBytes(bytes(size)));
	}

	private PubSubLimits queue(PubSubLimits limits) {
		Libp2pPubSubProperties.Queue queue = this.properties.queue();
		return limits.withQueues((queue.own() != null) ? bytes(queue.own()) : limits.ownQueueBytes(),
				(queue.forward() != null) ? bytes(queue.forward()) : limits.forwardQueueBytes(),
				(queue.total() != null) ? queue.total().toBytes() : limits.totalQueueBytes());
	}

	private Optional<ScoreParams> score(Optional<ScoreParams> profile) {
		Libp2pPubSubProperties.Score score = this.properties.score();
		if (!or(score.enabled(), profile.isPresent())) {
			return Optional.empty();
		}
		ScoreParams params = profile.orElse(ScoreParams.DEFAULT);
		return Optional.of(params.withThresholds(thresholds(params.thresholds()))
			.withColocationExempt(score.colocationExempt())
			.withDryRun(score.dryRun()));
	}

	private ScoreThresholds thresholds(ScoreThresholds profile) {
		Libp2pPubSubProperties.Thresholds thresholds = this.properties.score().thresholds();
		return new ScoreThresholds(or(thresholds.gossip(), profile.gossip()),
				or(thresholds.publish(), profile.publish()), or(thresholds.graylist(), profile.graylist()),
				or(thresholds.acceptPeerExchange(), profile.acceptPeerExchange()),
				or(thresholds.opportunisticGraft(), profile.opportunisticGraft()));
	}

	/** What annotations leave open. */
	TopicRegistrar.Defaults defaults() {
		Libp2pPubSubProperties.Listener listener = this.properties.listener();
		Libp2pPubSubProperties.ValidationSettings validation = this.properties.validation();
		if (listener.concurrency() < 1) {
			throw PropertyRanges.invalid("pubsub.listener.concurrency", listener.concurrency(),
					"It has to be 1 or more.");
		}
		return new TopicRegistrar.Defaults(listener.concurrency(), checked("listener",
				() -> new SubscribeOptions(listener.queueSize(), listener.queueBytes().toBytes(), listener.overflow())),
				checked("listener",
						() -> new TopicListenerSettings.Batch(listener.batchSize(), listener.batchTimeout())),
				checked("validation", () -> new ValidatorOptions(validation.maxInFlight(), validation.timeout())),
				Boolean.TRUE.equals(this.properties.enabled()) || !this.properties.relayTopics().isEmpty());
	}

	static <T> T checked(String property, Supplier<T> value) {
		try {
			return value.get();
		}
		catch (IllegalArgumentException | ArithmeticException ex) {
			throw new InvalidSettingException("libp2p.pubsub." + property, null, String.valueOf(ex.getMessage()),
					"Change the values below libp2p.pubsub." + property + ", or leave them to the profile.", ex);
		}
	}

	private static <T> void set(@Nullable T value, Consumer<T> target) {
		if (value != null) {
			target.accept(value);
		}
	}

	private static <T> T or(@Nullable T value, T profile) {
		return (value != null) ? value : profile;
	}

	private static int bytes(DataSize size) {
		return Math.toIntExact(size.toBytes());
	}

}

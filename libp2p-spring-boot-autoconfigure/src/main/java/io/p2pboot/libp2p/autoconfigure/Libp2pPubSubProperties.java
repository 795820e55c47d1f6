package io.p2pboot.libp2p.autoconfigure;

import java.time.Duration;
import java.util.List;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.IpNetwork;
import io.p2pboot.libp2p.pubsub.Overflow;
import io.p2pboot.libp2p.pubsub.SignaturePolicy;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * Settings of publish and subscribe. What is not set is the profile's.
 *
 * @param enabled Whether to publish and subscribe. Defaults to doing so once something
 * needs it: a topic listener, a validator, a relayed topic, an injection, or a message
 * that is published.
 * @param profile Network whose parameters apply.
 * @param router Routing of messages.
 * @param signaturePolicy Whether messages are signed. All nodes of a network have to
 * agree. Defaults to the profile's.
 * @param messageId Function that makes the ids of messages. All nodes of a network should
 * agree. A bean of type MessageId takes its place. Defaults to the profile's.
 * @param maxMessageSize Maximum size of a message with its fields. Defaults to the
 * profile's.
 * @param attachKey Whether to send the public key along even where the author's id holds
 * it.
 * @param echo Whether listeners of this node get what it publishes itself.
 * @param floodPublish Whether to send own messages to every peer of the topic. Defaults
 * to the profile's.
 * @param peerExchange Whether to name other peers of a topic to those that are pruned.
 * @param directPeers Addresses of peers that get every message and are never pruned, each
 * ending with the peer id. Both sides have to name each other.
 * @param relayTopics Topics to pass on without listening to them.
 * @param seen Messages that are remembered, so that each is delivered once.
 * @param mesh Peers that full messages are exchanged with.
 * @param gossip Heartbeat and gossip.
 * @param queue Messages that wait for a peer.
 * @param validation Validators.
 * @param score Scores of peers.
 * @param listener Topic listeners.
 * @param health Health.
 * @param metrics Metrics.
 * @param observations Observations.
 */
@ConfigurationProperties("libp2p.pubsub")
public record Libp2pPubSubProperties(@Nullable Boolean enabled, @DefaultValue("default") Profile profile,
		@DefaultValue("gossipsub") Router router, @Nullable SignaturePolicy signaturePolicy,
		@Nullable MessageIdFunction messageId, @Nullable DataSize maxMessageSize,
		@DefaultValue("false") boolean attachKey, @DefaultValue("true") boolean echo, @Nullable Boolean floodPublish,
		@DefaultValue("false") boolean peerExchange, @DefaultValue @ShownAsText List<AddrInfo> directPeers,
		@DefaultValue List<String> relayTopics, @DefaultValue Seen seen, @DefaultValue Mesh mesh,
		@DefaultValue Gossip gossip, @DefaultValue Queue queue, @DefaultValue ValidationSettings validation,
		@DefaultValue Score score, @DefaultValue Listener listener, @DefaultValue Health health,
		@DefaultValue Metrics metrics, @DefaultValue Observations observations) {

	/**
	 * The networks.
	 */
	public enum Profile {

		/** The specification and Go. */
		DEFAULT,

		/** Kubo. */
		IPFS,

		/** Ethereum's consensus clients. */
		ETHEREUM,

		/** Lotus. */
		FILECOIN

	}

	/**
	 * How messages are routed.
	 */
	public enum Router {

		/** Gossipsub 1.0 to 1.3, and floodsub with peers that have no other. */
		GOSSIPSUB,

		/** Floodsub: every message to every subscriber. */
		FLOODSUB

	}

	/**
	 * What makes the ids of messages.
	 */
	public enum MessageIdFunction {

		/** Author and sequence number: the specification and Go. */
		DEFAULT,

		/** Author and sequence number as text: Rust. */
		RUST,

		/** Public key and sequence number: JavaScript. */
		JS,

		/** SHA-256 of the data. */
		SHA256_DATA,

		/** BLAKE2b-256 of the data: Filecoin. */
		BLAKE2B256_DATA

	}

	/**
	 * Messages that are remembered.
	 *
	 * @param timeToLive Time that a message is remembered. Defaults to the profile's.
	 * @param fromLastSight Whether the time begins anew each time the message is seen.
	 * Defaults to the profile's.
	 * @param maxMessages Maximum number of messages that are remembered.
	 */
	public record Seen(@Nullable Duration timeToLive, @Nullable Boolean fromLastSight, @Nullable Integer maxMessages) {
	}

	/**
	 * The mesh.
	 *
	 * @param degree Number of peers that a mesh should have (D). Defaults to the
	 * profile's, as do the other numbers.
	 * @param low Number of peers below which a mesh is filled (D_low).
	 * @param high Number of peers above which a mesh is cut (D_high).
	 * @param score Number of the best peers that are kept when a mesh is cut (D_score).
	 * @param outbound Minimum number of peers in a mesh that this node dialed (D_out).
	 * @param pruneBackoff Time that a pruned peer must not be grafted.
	 * @param unsubscribeBackoff Time that must pass after leaving a topic before joining
	 * a mesh again.
	 */
	public record Mesh(@Nullable Integer degree, @Nullable Integer low, @Nullable Integer high, @Nullable Integer score,
			@Nullable Integer outbound, @Nullable Duration pruneBackoff, @Nullable Duration unsubscribeBackoff) {
	}

	/**
	 * Heartbeat and gossip.
	 *
	 * @param heartbeat Interval of heartbeats. Defaults to the profile's, as does the
	 * rest.
	 * @param lazy Minimum number of peers that ids of messages are gossiped to (D_lazy).
	 * @param factor Part of the peers of a topic that ids are gossiped to, from 0 to 1.
	 * @param historyLength Number of heartbeats that messages are kept to answer
	 * requests.
	 * @param historyGossip Number of heartbeats whose ids are gossiped.
	 * @param idontwantThreshold Size from which peers are told not to send a message that
	 * is here.
	 */
	public record Gossip(@Nullable Duration heartbeat, @Nullable Integer lazy, @Nullable Double factor,
			@Nullable Integer historyLength, @Nullable Integer historyGossip, @Nullable DataSize idontwantThreshold) {
	}

	/**
	 * Messages that wait for a peer.
	 *
	 * @param own Maximum size of own messages that wait for one peer.
	 * @param forward Maximum size of forwarded messages that wait for one peer.
	 * @param total Maximum size of what waits for all peers.
	 */
	public record Queue(@Nullable DataSize own, @Nullable DataSize forward, @Nullable DataSize total) {
	}

	/**
	 * Validators.
	 *
	 * @param maxInFlight Maximum number of messages that a validator decides about at
	 * once. Further ones are ignored.
	 * @param timeout Time that a decision may take. After it the message is ignored.
	 */
	public record ValidationSettings(@DefaultValue("1024") int maxInFlight, @DefaultValue("5s") Duration timeout) {
	}

	/**
	 * Scores of peers.
	 *
	 * @param enabled Whether to score peers. Defaults to the profile's. The parameters of
	 * topics are set with a PubSubCustomizer.
	 * @param dryRun Whether to compute and report scores only, and let nothing follow.
	 * @param colocationExempt Networks where any number of peers may be at one address,
	 * such as 192.0.2.0/24.
	 * @param thresholds Scores from which on a peer is treated differently.
	 */
	public record Score(@Nullable Boolean enabled, @DefaultValue("false") boolean dryRun,
			@DefaultValue List<IpNetwork> colocationExempt, @DefaultValue Thresholds thresholds) {
	}

	/**
	 * Thresholds of scores.
	 *
	 * @param gossip Score below which no gossip is exchanged with a peer. Defaults to the
	 * profile's, as do the others.
	 * @param publish Score below which own messages are not sent to a peer.
	 * @param graylist Score below which everything that a peer sends is dropped.
	 * @param acceptPeerExchange Score from which on the peers that a peer names are
	 * dialed.
	 * @param opportunisticGraft Median score of a mesh below which better peers are
	 * looked for.
	 */
	public record Thresholds(@Nullable Double gossip, @Nullable Double publish, @Nullable Double graylist,
			@Nullable Double acceptPeerExchange, @Nullable Double opportunisticGraft) {
	}

	/**
	 * Topic listeners.
	 *
	 * @param concurrency Number of messages that a listener handles at once. With more
	 * than 1 they are not in order.
	 * @param queueSize Maximum number of messages of a topic that wait for a listener.
	 * @param queueBytes Maximum size of messages of a topic that wait for a listener.
	 * @param overflow Treatment of messages that do not fit into the queue.
	 * @param batchSize Maximum number of messages in a batch.
	 * @param batchTimeout Time to wait for more messages after the first one of a batch.
	 */
	public record Listener(@DefaultValue("1") int concurrency, @DefaultValue("1024") int queueSize,
			@DefaultValue("16MB") DataSize queueBytes, @DefaultValue("drop-oldest") Overflow overflow,
			@DefaultValue("100") int batchSize, @DefaultValue("100ms") Duration batchTimeout) {
	}

	/**
	 * Health.
	 *
	 * @param minPeers Number of peers on a joined topic below which health is down.
	 */
	public record Health(@DefaultValue("0") int minPeers) {
	}

	/**
	 * Metrics.
	 *
	 * @param maxTopics Maximum number of topics with a tag value of their own. Further
	 * ones are counted as "other".
	 */
	public record Metrics(@DefaultValue("100") int maxTopics) {
	}

	/**
	 * Observations.
	 *
	 * @param process Whether to observe each message or batch that a listener handles.
	 * @param publish Whether to observe each message that the template publishes.
	 */
	public record Observations(@DefaultValue("true") boolean process, @DefaultValue("true") boolean publish) {
	}

}

package io.p2pboot.libp2p.pubsub;

import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;

import io.p2pboot.libp2p.Node.Subscription;
import io.p2pboot.libp2p.PeerId;

/**
 * Publishing and subscribing on a node. Thread-safe.
 */
public interface PubSub extends AutoCloseable {

	/**
	 * Returns a topic.
	 * @param name its name, 1 to {@value PubSubLimits#MAX_TOPIC_BYTES} bytes in UTF-8
	 * @return the topic; nothing is joined
	 * @throws IllegalArgumentException if the name is empty or too long
	 */
	Topic topic(String name);

	/**
	 * Returns the topics that are joined.
	 * @return a snapshot
	 */
	Set<String> topics();

	/**
	 * Returns the peers that publish and subscribe with this node.
	 * @return a snapshot
	 */
	Set<PeerId> peers();

	/**
	 * Publishes messages that belong together, such as the parts of something: every one
	 * of them leaves once before any leaves a second time, so that the last part is not
	 * late because the first was sent to everybody before it. Nothing is sent unless
	 * every message is accepted. Blocks until the queues to peers have taken them.
	 * @param batch the messages, at most {@value PubSubLimits#MAX_BATCH_MESSAGES}; their
	 * data is consumed
	 * @return what became of each, in the same order; one that was published before has
	 * no peers
	 * @throws PublishFailed if none was published, with the first cause
	 * @throws IOException if interrupted
	 */
	List<PublishResult> publish(List<Outgoing> batch) throws IOException;

	/**
	 * Publishes messages that belong together. Does not block. See
	 * {@link #publish(List)}.
	 * @param batch the messages; their data is consumed
	 * @return completes with what became of each; fails with {@link PublishFailed}
	 */
	CompletionStage<List<PublishResult>> publishAsync(List<Outgoing> batch);

	/**
	 * Sends parts of a message to a peer. Does not block. Experimental: see
	 * {@link PartialMessages}.
	 * @param to the peer
	 * @param message the parts
	 * @return completes with whether its queue took them, see {@link PartialSender}
	 */
	CompletionStage<Boolean> sendPartial(PeerId to, PartialMessage message);

	/**
	 * Returns the peers to exchange parts of a topic's messages with: those of the mesh,
	 * or that are published to, which do so too.
	 * @param topic the topic
	 * @return a snapshot
	 */
	List<PeerId> partialPeers(String topic);

	/**
	 * Has messages of a topic validated; with several validators all have to accept.
	 * @param topic the topic
	 * @param validator the validator
	 * @param options how it is run
	 * @return closing it removes the validator
	 */
	Subscription validate(String topic, TopicValidator validator, ValidatorOptions options);

	/**
	 * Has messages of a topic validated asynchronously.
	 * @param topic the topic
	 * @param validator the validator
	 * @param options how it is run
	 * @return closing it removes the validator
	 */
	Subscription validateAsync(String topic, AsyncTopicValidator validator, ValidatorOptions options);

	/**
	 * Drops everything that a peer sends, authors or forwards from now on.
	 * @param peer the peer
	 */
	void blacklist(PeerId peer);

	/**
	 * Returns what a peer is scored.
	 * @param peer the peer
	 * @return its score; 0 if peers are not scored
	 */
	double score(PeerId peer);

	/**
	 * Leaves every topic, tells the peers, and ends. Blocks for a second at most;
	 * idempotent.
	 */
	@Override
	void close();

}

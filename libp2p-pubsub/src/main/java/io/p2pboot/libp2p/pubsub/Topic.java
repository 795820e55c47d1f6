package io.p2pboot.libp2p.pubsub;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;

import io.p2pboot.libp2p.PeerId;

/**
 * A topic on a node. A cheap handle: nothing is joined until somebody subscribes or
 * relays. Thread-safe.
 */
public interface Topic {

	/**
	 * Returns the name.
	 * @return the name
	 */
	String name();

	/**
	 * Publishes a message. Without a subscription or relay of this node the topic is not
	 * joined: the message goes to some peers of the topic, which pass it on. Blocks until
	 * the queues to peers have taken it.
	 * @param data the payload; consumed
	 * @return what became of it
	 * @throws PublishFailed if it was not published
	 * @throws IOException if interrupted
	 */
	PublishResult publish(ByteBuffer data) throws IOException;

	/**
	 * Publishes a message. See {@link #publish(ByteBuffer)}.
	 * @param data the payload; consumed
	 * @param options how
	 * @return what became of it
	 * @throws PublishFailed if it was not published
	 * @throws IOException if interrupted
	 */
	PublishResult publish(ByteBuffer data, PublishOptions options) throws IOException;

	/**
	 * Publishes a message. Does not block: validators and the signature run elsewhere.
	 * @param data the payload; consumed
	 * @param options how
	 * @return completes with what became of it; fails with {@link PublishFailed}
	 */
	CompletionStage<PublishResult> publishAsync(ByteBuffer data, PublishOptions options);

	/**
	 * Subscribes with {@link SubscribeOptions#DEFAULT}.
	 * @return the messages from now on
	 */
	TopicSubscription subscribe();

	/**
	 * Subscribes. Does not block.
	 * @param options how messages wait
	 * @return the messages from now on
	 * @throws IllegalStateException if the node was closed
	 */
	TopicSubscription subscribe(SubscribeOptions options);

	/**
	 * Has messages handled. Does not block.
	 * @param options how messages wait
	 * @param handler takes them
	 * @return closing it ends the subscription
	 * @throws IllegalStateException if the node was closed
	 */
	TopicSubscription subscribe(SubscribeOptions options, TopicHandler handler);

	/**
	 * Joins the topic to pass its messages on without reading them. Does not block.
	 * @return closing it ends that
	 * @throws IllegalStateException if the node was closed
	 */
	AutoCloseable relay();

	/**
	 * Waits until so many peers are subscribed.
	 * @param count how many
	 * @param timeout how long to wait, not negative
	 * @return whether there were so many in time
	 * @throws IOException if interrupted
	 */
	boolean awaitPeers(int count, Duration timeout) throws IOException;

	/**
	 * Returns the connected peers that are subscribed. Of a peer with very many topics
	 * ({@link PubSubLimits#maxTopicsPeer()}) those that this node does not follow may not
	 * be known.
	 * @return a snapshot
	 */
	List<PeerId> peers();

	/**
	 * Returns the peers in the mesh.
	 * @return a snapshot; empty if the topic is not joined
	 */
	List<PeerId> mesh();

}

package io.p2pboot.libp2p.test;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.pubsub.GossipParams;
import io.p2pboot.libp2p.pubsub.PubSub;
import io.p2pboot.libp2p.pubsub.PubSubConfig;
import io.p2pboot.libp2p.pubsub.PubSubObserver;
import io.p2pboot.libp2p.pubsub.TopicMessage;
import io.p2pboot.libp2p.pubsub.TopicSubscription;
import io.p2pboot.libp2p.pubsub.gossip.GossipSub;
import io.p2pboot.libp2p.spring.CallObserver;
import io.p2pboot.libp2p.spring.Libp2pTemplate;
import io.p2pboot.libp2p.spring.payload.PayloadFormat;
import io.p2pboot.libp2p.spring.payload.UnreadableMessage;
import io.p2pboot.libp2p.spring.topic.PubSubPublisher;
import io.p2pboot.libp2p.spring.topic.TopicObserver;

/**
 * Topics of a {@link TestPeer}, for a test to talk to the application's listeners with.
 * Thread-safe; its calls block. Closing it leaves its topics.
 */
public final class TestTopics implements AutoCloseable {

	/** How long it waits for the application. */
	public static final Duration PATIENCE = Duration.ofSeconds(30);

	private static final Duration HEARTBEAT = Duration.ofMillis(100);

	private static final long POLL_NANOS = 5_000_000;

	private final TestPeer peer;

	private final PubSub pubSub;

	private final Supplier<Optional<PubSub>> app;

	private final Libp2pTemplate template;

	private TestTopics(TestPeer peer, PubSub pubSub, Supplier<Optional<PubSub>> app) {
		this.peer = peer;
		this.pubSub = pubSub;
		this.app = app;
		this.template = new Libp2pTemplate(peer.node(), peer.codec(), CallObserver.NONE,
				() -> Optional.of(new PubSubPublisher(() -> pubSub, TopicObserver.NONE)));
	}

	/**
	 * Has a peer publish and subscribe as the specification says: signed, with a
	 * heartbeat of 100 ms.
	 * @param peer the peer
	 * @return its topics
	 */
	public static TestTopics create(TestPeer peer) {
		return create(peer,
				PubSubConfig.builder()
					.gossip(GossipParams.DEFAULT.withHeartbeat(HEARTBEAT, HEARTBEAT.dividedBy(2)))
					.build());
	}

	/**
	 * Has a peer publish and subscribe.
	 * @param peer the peer
	 * @param config how, for example as the application; its observer is told nothing
	 * @return its topics
	 */
	public static TestTopics create(TestPeer peer, PubSubConfig config) {
		return create(peer, config, Optional::empty);
	}

	static TestTopics create(TestPeer peer, PubSubConfig config, Supplier<Optional<PubSub>> app) {
		PubSubConfig unobserved = config.toBuilder().directPeers(List.of()).observer(PubSubObserver.NONE).build();
		PubSub pubSub = config.signaturePolicy().signs()
				? GossipSub.mount(peer.nettyNode(), peer.identity(), unobserved)
				: GossipSub.mount(peer.nettyNode(), unobserved);
		return new TestTopics(peer, pubSub, app);
	}

	/**
	 * Returns publish and subscribe of this peer, for what is not here.
	 * @return publish and subscribe
	 */
	public PubSub pubSub() {
		return this.pubSub;
	}

	/**
	 * Subscribes to a topic, connecting to the application first if needed.
	 * @param topic the topic
	 * @return the messages from now on
	 * @throws IOException if it could not be connected
	 */
	public TopicSubscription subscribe(String topic) throws IOException {
		this.peer.connect();
		return this.pubSub.topic(topic).subscribe();
	}

	/**
	 * Publishes a message once the application is subscribed.
	 * @param topic the topic
	 * @param body the message; written as the application writes it
	 * @throws IOException if the application does not subscribe within {@link #PATIENCE},
	 * or as {@link Libp2pTemplate#publish}
	 */
	public void publish(String topic, Object body) throws IOException {
		this.peer.connect();
		this.template.publish(topic, body, 1, PATIENCE);
	}

	/**
	 * Waits until the application and this peer are in each other's mesh: what one of
	 * them publishes from then on reaches the other. Joins the topic if need be.
	 * @param topic the topic
	 * @throws IOException if it could not be connected
	 * @throws AssertionError if they are not within {@link #PATIENCE}
	 */
	public void awaitMesh(String topic) throws IOException {
		this.peer.connect();
		if (!this.pubSub.topics().contains(topic)) {
			this.pubSub.topic(topic).relay();
		}
		PeerId appId = this.peer.app().id();
		await("'" + topic + "' has no mesh with the application", () -> this.pubSub.topic(topic).mesh().contains(appId)
				&& this.app.get().map((other) -> other.topic(topic).mesh().contains(this.peer.peerId())).orElse(true));
	}

	private static void await(String otherwise, BooleanSupplier condition) {
		long deadline = System.nanoTime() + PATIENCE.toNanos();
		while (!condition.getAsBoolean()) {
			if (System.nanoTime() - deadline > 0) {
				throw new AssertionError("Within " + PATIENCE + ": " + otherwise);
			}
			LockSupport.parkNanos(POLL_NANOS);
		}
	}

	/**
	 * Takes the next message of a subscription and reads it as the application does.
	 * @param <T> the type
	 * @param subscription the subscription
	 * @param type the type of its messages
	 * @return the payload
	 * @throws UnreadableMessage if it is not of the type
	 * @throws IOException if the subscription is closed or the thread interrupted
	 * @throws AssertionError if none comes within {@link #PATIENCE}
	 */
	public <T> T next(TopicSubscription subscription, Class<T> type) throws IOException {
		TopicMessage message = subscription.next(PATIENCE)
			.orElseThrow(() -> new AssertionError(
					"Within " + PATIENCE + " no message came on '" + subscription.topic() + "'"));
		PayloadFormat format = this.peer.codec().format();
		return type.cast(this.peer.codec()
			.converter(type, format)
			.orElseThrow(() -> new IllegalArgumentException("There is no converter for " + type.getName()))
			.decode(message.data(), type));
	}

	@Override
	public void close() {
		this.pubSub.close();
	}

}

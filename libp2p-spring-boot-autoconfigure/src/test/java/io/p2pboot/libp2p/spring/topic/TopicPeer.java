package io.p2pboot.libp2p.spring.topic;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.autoconfigure.Libp2pPubSubAutoConfiguration;
import io.p2pboot.libp2p.autoconfigure.MemoryApp;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.node.NodeBuilder;
import io.p2pboot.libp2p.pubsub.GossipParams;
import io.p2pboot.libp2p.pubsub.PubSub;
import io.p2pboot.libp2p.pubsub.PubSubConfig;
import io.p2pboot.libp2p.pubsub.PublishOptions;
import io.p2pboot.libp2p.pubsub.TopicMessage;
import io.p2pboot.libp2p.pubsub.TopicSubscription;
import io.p2pboot.libp2p.pubsub.gossip.GossipSub;
import io.p2pboot.libp2p.transport.memory.MemoryTransport;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Another node that publishes and subscribes, connected to an application's in memory.
 */
public final class TopicPeer implements AutoCloseable {

	public static final Duration PATIENCE = Duration.ofSeconds(30);

	private final NettyNode node;

	private final PubSub pubSub;

	private TopicPeer(NettyNode node, PubSub pubSub) {
		this.node = node;
		this.pubSub = pubSub;
	}

	public static ApplicationContextRunner runner() {
		return MemoryApp.runner()
			.withConfiguration(AutoConfigurations.of(Libp2pPubSubAutoConfiguration.class))
			.withPropertyValues("libp2p.pubsub.gossip.heartbeat=100ms", "libp2p.shutdown.grace-period=5s");
	}

	public static TopicPeer connect(ApplicationContext context) throws IOException {
		PrivateKey key = PrivateKey.generate();
		NettyNode node = NodeBuilder.create()
			.identity(key)
			.transport(new MemoryTransport())
			.listen("/memory/0")
			.start();
		PubSub pubSub = GossipSub.mount(node, key,
				PubSubConfig.builder()
					.gossip(GossipParams.DEFAULT.withHeartbeat(Duration.ofMillis(100), Duration.ofMillis(50)))
					.build());
		node.connect(MemoryApp.address(context));
		return new TopicPeer(node, pubSub);
	}

	public PeerId id() {
		return this.node.peerId();
	}

	public NettyNode node() {
		return this.node;
	}

	public PubSub pubSub() {
		return this.pubSub;
	}

	public TopicSubscription subscribe(String topic) {
		return this.pubSub.topic(topic).subscribe();
	}

	/** Publishes once the application is subscribed. */
	public void publish(String topic, String text) throws IOException {
		this.pubSub.topic(topic)
			.publish(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)),
					PublishOptions.atLeast(1).within(PATIENCE));
	}

	public static String text(TopicMessage message) {
		return StandardCharsets.UTF_8.decode(message.data()).toString();
	}

	public static <T> T poll(BlockingQueue<T> queue) throws InterruptedException {
		T next = queue.poll(30, TimeUnit.SECONDS);
		assertThat(next).as("comes within 30 s").isNotNull();
		return next;
	}

	public static void await(BooleanSupplier condition) {
		long deadline = System.nanoTime() + PATIENCE.toNanos();
		while (!condition.getAsBoolean()) {
			assertThat(System.nanoTime()).isLessThan(deadline);
			LockSupport.parkNanos(1_000_000);
		}
	}

	@Override
	public void close() {
		this.pubSub.close();
		this.node.close();
	}

}

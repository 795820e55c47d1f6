package io.p2pboot.libp2p.pubsub.gossip;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.time.Duration;

import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.node.NodeBuilder;
import io.p2pboot.libp2p.pubsub.GossipParams;
import io.p2pboot.libp2p.pubsub.PubSub;
import io.p2pboot.libp2p.pubsub.PubSubConfig;
import io.p2pboot.libp2p.pubsub.PubSubObserver;
import io.p2pboot.libp2p.pubsub.PublishOptions;
import io.p2pboot.libp2p.pubsub.TopicSubscription;
import io.p2pboot.libp2p.pubsub.Validation;
import io.p2pboot.libp2p.pubsub.ValidatorOptions;
import io.p2pboot.libp2p.transport.memory.MemoryNetwork;
import io.p2pboot.libp2p.transport.memory.MemoryTransport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

@Timeout(60)
class ThrowingObserverTest {

	private static final Duration PATIENCE = Duration.ofSeconds(20);

	private static final String TOPIC = "news";

	private final MemoryNetwork network = MemoryNetwork.create();

	@Test
	void whatAnObserverThrowsEndsNothing() throws Exception {
		PrivateKey key = PrivateKey.generate();
		PrivateKey otherKey = PrivateKey.generate();
		try (NettyNode node = node(key);
				NettyNode other = node(otherKey);
				PubSub observed = GossipSub.mount(node, key, config().observer(throwing()).build());
				PubSub plain = GossipSub.mount(other, otherKey, config().build())) {
			observed.validate(TOPIC, (message) -> {
				if (message.data().remaining() == 1) {
					throw new IllegalStateException("one byte");
				}
				return Validation.ACCEPT;
			}, ValidatorOptions.DEFAULT);
			TopicSubscription subscription = observed.topic(TOPIC).subscribe();
			plain.topic(TOPIC).relay();
			node.connect(other.addrInfo());
			for (int bytes = 1; bytes <= 2; bytes++) {
				plain.topic(TOPIC).publish(ByteBuffer.allocate(bytes), PublishOptions.atLeast(1).within(PATIENCE));
			}
			assertThat(subscription.next(PATIENCE))
				.hasValueSatisfying((message) -> assertThat(message.data().remaining()).isEqualTo(2));
			// Only a heartbeat makes this mesh again.
			long deadline = System.nanoTime() + PATIENCE.toNanos();
			while (observed.topic(TOPIC).mesh().isEmpty() && System.nanoTime() < deadline) {
				Thread.onSpinWait();
			}
			assertThat(observed.topic(TOPIC).mesh()).containsExactly(other.peerId());
		}
	}

	private static PubSubConfig.Builder config() {
		return PubSubConfig.builder()
			.gossip(GossipParams.DEFAULT.withHeartbeat(Duration.ofMillis(100), Duration.ofMillis(50)));
	}

	private NettyNode node(PrivateKey key) throws IOException {
		return NodeBuilder.create()
			.identity(key)
			.transport(new MemoryTransport(this.network))
			.listen("/memory/0")
			.start();
	}

	private static PubSubObserver throwing() {
		return (PubSubObserver) Proxy.newProxyInstance(PubSubObserver.class.getClassLoader(),
				new Class<?>[] { PubSubObserver.class }, (proxy, method, arguments) -> {
					if (method.getName().equals("toString")) {
						return "throwing";
					}
					throw new IllegalStateException(method.getName());
				});
	}

}

package io.p2pboot.libp2p.test;

import java.io.IOException;

import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.autoconfigure.Libp2pProperties;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.pubsub.PubSub;
import io.p2pboot.libp2p.pubsub.PubSubConfig;
import io.p2pboot.libp2p.spring.payload.MessageCodec;
import io.p2pboot.libp2p.spring.topic.MountedPubSub;
import io.p2pboot.libp2p.transport.memory.MemoryNetwork;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Fallback;
import org.springframework.context.annotation.Lazy;

/**
 * The network of one application, and a peer on it.
 */
@Configuration(proxyBeanMethods = false)
class TestTransportConfiguration {

	@Bean
	MemoryNetwork testLibp2pNetwork() {
		return MemoryNetwork.create();
	}

	/**
	 * In place of the key that a file of the application keeps.
	 */
	@Bean
	@Lazy
	@Fallback
	@ConditionalOnProperty("libp2p.identity.location")
	PrivateKey testLibp2pIdentity(Libp2pProperties properties) {
		return PrivateKey.generate(properties.identity().type());
	}

	@Bean(destroyMethod = "close")
	@Lazy
	TestPeer testLibp2pPeer(Node node, MemoryNetwork network, MessageCodec codec) throws IOException {
		return TestPeer.create(node, network, codec);
	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(PubSub.class)
	static class Topics {

		@Bean(destroyMethod = "close")
		@Lazy
		TestTopics testLibp2pTopics(TestPeer peer, ObjectProvider<PubSubConfig> config,
				ObjectProvider<MountedPubSub> mounted) {
			PubSubConfig own = config.getIfAvailable();
			return (own == null) ? TestTopics.create(peer)
					: TestTopics.create(peer, own, () -> mounted.stream().findFirst().flatMap(MountedPubSub::current));
		}

	}

}

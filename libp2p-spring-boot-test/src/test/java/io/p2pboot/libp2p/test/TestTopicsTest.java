package io.p2pboot.libp2p.test;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.pubsub.PubSub;
import io.p2pboot.libp2p.pubsub.TopicMessage;
import io.p2pboot.libp2p.pubsub.TopicSubscription;
import io.p2pboot.libp2p.spring.Libp2pTemplate;
import io.p2pboot.libp2p.spring.Libp2pTopicListener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import static org.assertj.core.api.Assertions.assertThat;

@Timeout(120)
@SpringBootTest(properties = "libp2p.pubsub.signature-policy=strict-no-sign")
@AutoConfigureTestLibp2pTransport
class TestTopicsTest {

	@Autowired
	private TestTopics topics;

	@Autowired
	private TestPeer peer;

	@Autowired
	private Node node;

	@Autowired
	private PubSub pubSub;

	@Autowired
	private Libp2pTemplate template;

	@Autowired
	private Listener listener;

	@Test
	void aTestPublishesAndSubscribesAsTheApplicationDoes() throws Exception {
		this.topics.publish("room", "hello");
		assertThat(this.listener.taken.poll(30, TimeUnit.SECONDS)).isEqualTo("hello from " + this.peer.peerId());
		try (TopicSubscription subscription = this.topics.subscribe("room")) {
			this.topics.awaitMesh("room");
			assertThat(this.topics.pubSub().topic("room").mesh()).containsExactly(this.node.peerId());
			assertThat(this.pubSub.topic("room").mesh()).containsExactly(this.peer.peerId());
			this.template.publish("room", "answer");
			assertThat(this.topics.next(subscription, String.class)).isEqualTo("answer");
		}
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@Import(Listener.class)
	static class App {

	}

	static class Listener {

		private final BlockingQueue<String> taken = new LinkedBlockingQueue<>();

		@Libp2pTopicListener("room")
		void take(String text, TopicMessage message) {
			if (!message.local()) {
				this.taken.add(text + " from " + message.receivedFrom());
			}
		}

	}

}

package io.p2pboot.libp2p.spring.topic;

import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.pubsub.PubSub;
import io.p2pboot.libp2p.pubsub.SubscribeOptions;
import io.p2pboot.libp2p.pubsub.Topic;
import io.p2pboot.libp2p.pubsub.TopicMessage;
import io.p2pboot.libp2p.pubsub.TopicSubscription;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

@Timeout(60)
class ListenerRunTest {

	private static final PeerId PEER = PeerId.of(PrivateKey.generate().publicKey());

	private final CountDownLatch begun = new CountDownLatch(1);

	private final CountDownLatch release = new CountDownLatch(1);

	private final List<TopicMessage> handled = new CopyOnWriteArrayList<>();

	@Test
	void leavingTwiceForgetsNothingThatWaits() throws Exception {
		TopicListenerSettings settings = new TopicListenerSettings("id", "a listener", List.of("topic"), 1, true,
				SubscribeOptions.DEFAULT, Optional.empty());
		PubSub pubSub = pubSub(message(1), message(2));
		TopicListener listener = new TopicListener(settings, (messages, failures) -> {
			this.begun.countDown();
			this.release.await();
			this.handled.addAll(messages);
		}, () -> pubSub, (name, task) -> null, new LoggingTopicErrorHandler(), TopicObserver.NONE);
		ListenerRun run = new ListenerRun(listener, settings);
		run.start(pubSub, (name, task) -> {
			Thread thread = new Thread(task, name);
			thread.start();
			return thread;
		});
		assertThat(this.begun.await(30, TimeUnit.SECONDS)).isTrue();
		run.leave();
		run.leave();
		this.release.countDown();
		assertThat(run.await(Duration.ofSeconds(30))).isTrue();
		assertThat(this.handled).hasSize(2);
	}

	private static PubSub pubSub(TopicMessage... messages) throws Exception {
		Deque<TopicMessage> waiting = new ArrayDeque<>(List.of(messages));
		TopicSubscription subscription = mock(TopicSubscription.class);
		when(subscription.next()).thenAnswer((call) -> {
			TopicMessage next = waiting.poll();
			if (next == null) {
				throw new AsynchronousCloseException();
			}
			return next;
		});
		Topic topic = mock(Topic.class);
		when(topic.subscribe(any(SubscribeOptions.class))).thenReturn(subscription);
		PubSub pubSub = mock(PubSub.class);
		when(pubSub.topic("topic")).thenReturn(topic);
		return pubSub;
	}

	private static TopicMessage message(int number) {
		return new TopicMessage("topic", ByteBuffer.allocate(1), ByteBuffer.allocate(4).putInt(number).flip(),
				Optional.empty(), Optional.empty(), PEER, false);
	}

}

package io.p2pboot.libp2p.spring.topic;

import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.StreamHandler;
import io.p2pboot.libp2p.autoconfigure.MemoryApp;
import io.p2pboot.libp2p.pubsub.Overflow;
import io.p2pboot.libp2p.pubsub.PubSub;
import io.p2pboot.libp2p.pubsub.TopicMessage;
import io.p2pboot.libp2p.spring.Libp2pProtocol;
import io.p2pboot.libp2p.spring.Libp2pTemplate;
import io.p2pboot.libp2p.spring.Libp2pTopicListener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Listeners that start, stop, pause, resume and overflow.
 */
@Timeout(120)
class TopicListenerLifecycleTest {

	private final ApplicationContextRunner runner = TopicPeer.runner();

	@Test
	void aListenerIsStartedStoppedPausedAndResumedById() {
		this.runner.withUserConfiguration(Manual.class).run((context) -> {
			Libp2pTopicListenerRegistry registry = context.getBean(Libp2pTopicListenerRegistry.class);
			Libp2pTemplate template = context.getBean(Libp2pTemplate.class);
			Manual manual = context.getBean(Manual.class);
			TopicListener listener = listener(registry, "manual");
			assertThat(listener.isRunning()).isFalse();
			assertThat(context.getBean(PubSub.class).topics()).isEmpty();
			registry.start("manual");
			assertThat(context.getBean(PubSub.class).topics()).containsExactly("manual");
			template.publish("manual", "one");
			assertThat(TopicPeer.poll(manual.taken)).isEqualTo("one");
			registry.pause("manual");
			assertThat(listener.isPaused()).isTrue();
			template.publish("manual", "two");
			template.publish("manual", "three");
			TopicPeer.await(() -> listener.queued() == 1);
			assertThat(manual.taken).isEmpty();
			registry.resume("manual");
			assertThat(TopicPeer.poll(manual.taken)).isEqualTo("two");
			assertThat(TopicPeer.poll(manual.taken)).isEqualTo("three");
			registry.stop("manual");
			assertThat(listener.isRunning()).isFalse();
			assertThat(context.getBean(PubSub.class).topics()).isEmpty();
			registry.start("manual");
			template.publish("manual", "four");
			assertThat(TopicPeer.poll(manual.taken)).isEqualTo("four");
			assertThatIllegalArgumentException().isThrownBy(() -> registry.pause("other"))
				.withMessageContaining("other")
				.withMessageContaining("manual");
		});
	}

	@Test
	void aFullQueueOverflowsAsTheListenerSays() {
		this.runner.withUserConfiguration(Overflowing.class)
			.withPropertyValues("libp2p.pubsub.listener.queue-size=2")
			.run((context) -> {
				Libp2pTopicListenerRegistry registry = context.getBean(Libp2pTopicListenerRegistry.class);
				Libp2pTemplate template = context.getBean(Libp2pTemplate.class);
				Overflowing overflowing = context.getBean(Overflowing.class);
				for (String topic : List.of("oldest", "newest", "close")) {
					template.publish(topic, "0");
					assertThat(TopicPeer.poll(overflowing.begun)).isEqualTo(topic);
					for (int index = 1; index < 5; index++) {
						template.publish(topic, Integer.toString(index));
					}
				}
				TopicPeer.await(() -> listener(registry, "oldest").dropped() == 2);
				TopicPeer.await(() -> listener(registry, "newest").dropped() == 2);
				overflowing.release.countDown();
				assertThat(List.of(TopicPeer.poll(overflowing.oldest), TopicPeer.poll(overflowing.oldest),
						TopicPeer.poll(overflowing.oldest)))
					.containsExactly("0", "3", "4");
				assertThat(List.of(TopicPeer.poll(overflowing.newest), TopicPeer.poll(overflowing.newest),
						TopicPeer.poll(overflowing.newest)))
					.containsExactly("0", "1", "2");
				assertThat(List.of(TopicPeer.poll(overflowing.close), TopicPeer.poll(overflowing.close),
						TopicPeer.poll(overflowing.close)))
					.containsExactly("0", "1", "2");
				TopicPeer.await(() -> !listener(registry, "close").isRunning());
				assertThat(context.getBean(PubSub.class).topics()).containsExactlyInAnyOrder("oldest", "newest");
			});
	}

	@Test
	void topicsAreLeftBeforeTheNodeDrains() {
		this.runner.withUserConfiguration(Draining.class).run((context) -> {
			Draining draining = context.getBean(Draining.class);
			try (TopicPeer peer = TopicPeer.connect(context)) {
				assertThat(peer.pubSub().topic("draining").awaitPeers(1, TopicPeer.PATIENCE)).isTrue();
				peer.node().openStream(MemoryApp.address(context), ProtocolPath.of("/slow/1")).closeWrite();
				assertThat(draining.serving.await(30, TimeUnit.SECONDS)).isTrue();
				Thread closing = new Thread(context::close);
				closing.start();
				TopicPeer.await(() -> peer.pubSub().topic("draining").peers().isEmpty());
				assertThat(peer.node().connections()).hasSize(1);
				assertThat(draining.interrupted).isFalse();
				draining.release.countDown();
				closing.join();
			}
		});
	}

	@Test
	void whatWaitsIsHandledBeforeTheEnd() {
		this.runner.withUserConfiguration(Slow.class).run((context) -> {
			Slow slow = context.getBean(Slow.class);
			Libp2pTemplate template = context.getBean(Libp2pTemplate.class);
			for (int index = 0; index < 3; index++) {
				template.publish("slow", Integer.toString(index));
			}
			assertThat(slow.begun.await(30, TimeUnit.SECONDS)).isTrue();
			Thread closing = new Thread(context::close);
			closing.start();
			TopicPeer.await(() -> context.getBean(Libp2pTopicListenerRegistry.class)
				.listeners()
				.stream()
				.noneMatch(TopicListener::isRunning));
			slow.release.countDown();
			closing.join();
			assertThat(slow.taken).containsExactly("0", "1", "2");
		});
	}

	@Test
	void whatDoesNotEndWithinTheGracePeriodIsInterrupted() {
		this.runner.withUserConfiguration(Draining.class)
			.withPropertyValues("libp2p.shutdown.grace-period=50ms")
			.run((context) -> {
				Draining draining = context.getBean(Draining.class);
				context.getBean(Libp2pTemplate.class).publish("draining", "x");
				assertThat(draining.serving.await(30, TimeUnit.SECONDS)).isTrue();
				context.close();
				TopicPeer.await(draining.interrupted::get);
			});
	}

	@Test
	void aContextThatIsStoppedAndStartedListensAgain() {
		this.runner.withUserConfiguration(Texts.class).run((context) -> {
			context.stop();
			assertThat(context.getBean(Libp2pTopicListenerRegistry.class).listeners())
				.noneMatch(TopicListener::isRunning);
			context.start();
			assertThat(context.getBean(Node.class).isRunning()).isTrue();
			try (TopicPeer peer = TopicPeer.connect(context)) {
				peer.publish("news", "again");
				assertThat(context.getBean(Texts.class).next()).isEqualTo("again from " + peer.id());
			}
		});
	}

	@Test
	void aListenerThatLeavesItsThreadInterruptedGoesOn() {
		this.runner.withUserConfiguration(Interrupting.class).run((context) -> {
			Libp2pTemplate template = context.getBean(Libp2pTemplate.class);
			template.publish("interrupting", "1");
			template.publish("interrupting", "2");
			BlockingQueue<String> taken = context.getBean(Interrupting.class).taken;
			assertThat(TopicPeer.poll(taken)).isEqualTo("1");
			assertThat(TopicPeer.poll(taken)).isEqualTo("2");
		});
	}

	@Test
	void aListenerMayStopItselfAndHandlesWhatWaits() {
		this.runner.withUserConfiguration(Leaving.class)
			.withPropertyValues("libp2p.shutdown.grace-period=1h")
			.run((context) -> {
				Libp2pTemplate template = context.getBean(Libp2pTemplate.class);
				Leaving leaving = context.getBean(Leaving.class);
				template.publish("leaving", "1");
				template.publish("leaving", "2");
				TopicPeer
					.await(() -> listener(context.getBean(Libp2pTopicListenerRegistry.class), "leaving").queued() == 1);
				leaving.release.countDown();
				assertThat(TopicPeer.poll(leaving.taken)).isEqualTo("1 false");
				assertThat(TopicPeer.poll(leaving.taken)).isEqualTo("2 false");
				assertThat(context.getBean(PubSub.class).topics()).isEmpty();
			});
	}

	private static TopicListener listener(Libp2pTopicListenerRegistry registry, String id) {
		return registry.listener(id).orElseThrow();
	}

	@Configuration(proxyBeanMethods = false)
	static class Texts {

		private final BlockingQueue<String> taken = new LinkedBlockingQueue<>();

		@Libp2pTopicListener("news")
		void take(String text, TopicMessage message) {
			this.taken.add(text + " from " + message.author().orElseThrow());
		}

		String next() throws InterruptedException {
			return TopicPeer.poll(this.taken);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Manual {

		private final BlockingQueue<String> taken = new LinkedBlockingQueue<>();

		@Libp2pTopicListener(topics = "manual", id = "manual", autoStartup = "${app.listens:false}")
		void take(String text) {
			this.taken.add(text);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Overflowing {

		private final CountDownLatch release = new CountDownLatch(1);

		private final BlockingQueue<String> begun = new LinkedBlockingQueue<>();

		private final BlockingQueue<String> oldest = new LinkedBlockingQueue<>();

		private final BlockingQueue<String> newest = new LinkedBlockingQueue<>();

		private final BlockingQueue<String> close = new LinkedBlockingQueue<>();

		@Libp2pTopicListener(topics = "oldest", id = "oldest")
		void oldest(String text) throws InterruptedException {
			take("oldest", text, this.oldest);
		}

		@Libp2pTopicListener(topics = "newest", id = "newest", overflow = Overflow.DROP_NEWEST)
		void newest(String text) throws InterruptedException {
			take("newest", text, this.newest);
		}

		@Libp2pTopicListener(topics = "close", id = "close", overflow = Overflow.CLOSE)
		void close(String text) throws InterruptedException {
			take("close", text, this.close);
		}

		private void take(String topic, String text, BlockingQueue<String> queue) throws InterruptedException {
			if (text.equals("0")) {
				this.begun.add(topic);
			}
			this.release.await();
			queue.add(text);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Draining {

		private final CountDownLatch serving = new CountDownLatch(1);

		private final CountDownLatch release = new CountDownLatch(1);

		private final AtomicBoolean interrupted = new AtomicBoolean();

		@Bean
		@Libp2pProtocol("/slow/1")
		StreamHandler slow() {
			return (stream) -> block();
		}

		@Libp2pTopicListener("draining")
		void take(String text) {
			block();
		}

		private void block() {
			this.serving.countDown();
			try {
				this.release.await();
			}
			catch (InterruptedException ex) {
				this.interrupted.set(true);
			}
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Slow {

		private final CountDownLatch begun = new CountDownLatch(1);

		private final CountDownLatch release = new CountDownLatch(1);

		private final BlockingQueue<String> taken = new LinkedBlockingQueue<>();

		@Libp2pTopicListener("slow")
		void take(String text) throws InterruptedException {
			this.begun.countDown();
			this.release.await();
			this.taken.add(text);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Leaving {

		private final CountDownLatch release = new CountDownLatch(1);

		private final BlockingQueue<String> taken = new LinkedBlockingQueue<>();

		private final ObjectProvider<Libp2pTopicListenerRegistry> registry;

		Leaving(ObjectProvider<Libp2pTopicListenerRegistry> registry) {
			this.registry = registry;
		}

		@Libp2pTopicListener(topics = "leaving", id = "leaving")
		void take(String text) throws InterruptedException {
			this.release.await();
			this.registry.getObject().stop("leaving");
			this.taken.add(text + " " + Thread.currentThread().isInterrupted());
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Interrupting {

		private final BlockingQueue<String> taken = new LinkedBlockingQueue<>();

		@Libp2pTopicListener("interrupting")
		void take(String text) {
			this.taken.add(text);
			Thread.currentThread().interrupt();
		}

	}

}

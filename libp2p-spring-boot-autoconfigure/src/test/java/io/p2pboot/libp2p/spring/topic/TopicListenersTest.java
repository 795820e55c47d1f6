package io.p2pboot.libp2p.spring.topic;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

import com.google.protobuf.Int32Value;
import io.p2pboot.libp2p.pubsub.TopicMessage;
import io.p2pboot.libp2p.spring.Libp2pTemplate;
import io.p2pboot.libp2p.spring.Libp2pTopicListener;
import io.p2pboot.libp2p.spring.payload.InvalidMessage;
import io.p2pboot.libp2p.spring.payload.PayloadFormat;
import io.p2pboot.libp2p.spring.payload.UnreadableMessage;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotBlank;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.validation.autoconfigure.ValidationAutoConfiguration;
import org.springframework.context.annotation.Configuration;
import org.springframework.messaging.handler.annotation.MessageExceptionHandler;
import org.springframework.messaging.handler.annotation.Payload;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Listeners of an application, and a peer that publishes.
 */
@Timeout(120)
class TopicListenersTest {

	private final ApplicationContextRunner runner = TopicPeer.runner()
		.withConfiguration(AutoConfigurations.of(JacksonAutoConfiguration.class, ValidationAutoConfiguration.class));

	@Test
	void aMethodTakesTextWithItsMessage() {
		this.runner.withUserConfiguration(Texts.class).run((context) -> {
			try (TopicPeer peer = TopicPeer.connect(context)) {
				peer.publish("news", "hello");
				assertThat(context.getBean(Texts.class).next()).isEqualTo("hello from " + peer.id());
			}
		});
	}

	@Test
	void everyKindOfPayloadIsRead() {
		this.runner.withUserConfiguration(Kinds.class).run((context) -> {
			BlockingQueue<Object> taken = context.getBean(Kinds.class).taken;
			Libp2pTemplate template = context.getBean(Libp2pTemplate.class);
			template.publish("bytes", new byte[] { 1, 2 });
			assertThat(TopicPeer.poll(taken)).isEqualTo(List.of((byte) 1, (byte) 2));
			template.publish("protobuf", Int32Value.of(7));
			assertThat(TopicPeer.poll(taken)).isEqualTo(Int32Value.of(7));
			template.publish("json", new Article("title", 3));
			assertThat(TopicPeer.poll(taken)).isEqualTo(new Article("title", 3));
			template.withFormat(PayloadFormat.CBOR).publish("cbor", new Article("title", 4));
			assertThat(TopicPeer.poll(taken)).isEqualTo(new Article("title", 4));
			template.publish("nothing", "x");
			assertThat(TopicPeer.poll(taken)).isEqualTo("no argument");
		});
	}

	@Test
	void whatCannotBeReadOrIsNotValidGoesToTheErrorHandlerAndTheNextMessageComes() {
		BlockingQueue<Throwable> failures = new LinkedBlockingQueue<>();
		this.runner.withUserConfiguration(Kinds.class)
			.withBean(TopicListenerErrorHandler.class, () -> (listener, messages, failure) -> {
				assertThat(listener).isEqualTo("json");
				assertThat(messages).hasSize(1);
				failures.add(failure);
			})
			.run((context) -> {
				try (TopicPeer peer = TopicPeer.connect(context)) {
					peer.publish("json", "{");
					assertThat(TopicPeer.poll(failures)).isExactlyInstanceOf(UnreadableMessage.class);
					peer.publish("json", "{\"title\":\" \",\"pages\":1}");
					assertThat(TopicPeer.poll(failures)).isInstanceOf(InvalidMessage.class)
						.hasMessageContaining("title");
					peer.publish("json", "{\"title\":\"good\",\"pages\":1}");
					assertThat(TopicPeer.poll(context.getBean(Kinds.class).taken)).isEqualTo(new Article("good", 1));
				}
				TopicListener listener = listener(context.getBean(Libp2pTopicListenerRegistry.class), "json");
				assertThat(listener.failed()).isEqualTo(2);
				assertThat(listener.handled()).isEqualTo(3);
			});
	}

	@Test
	void aBeansOwnExceptionHandlerComesFirstAndWhatItThrowsGoesOn() {
		BlockingQueue<Throwable> failures = new LinkedBlockingQueue<>();
		this.runner.withUserConfiguration(Failing.class)
			.withBean(TopicListenerErrorHandler.class, () -> (listener, messages, failure) -> failures.add(failure))
			.run((context) -> {
				Libp2pTemplate template = context.getBean(Libp2pTemplate.class);
				template.publish("failing", "argument");
				assertThat(TopicPeer.poll(context.getBean(Failing.class).handled)).isEqualTo("argument: argument");
				template.publish("failing", "state");
				assertThat(TopicPeer.poll(failures)).isInstanceOf(IllegalStateException.class).hasMessage("state");
				template.publish("failing", "again");
				assertThat(TopicPeer.poll(failures)).isInstanceOf(UnsupportedOperationException.class)
					.satisfies((failure) -> assertThat(failure.getSuppressed()[0]).hasMessage("again"));
			});
	}

	@Test
	void anErrorHandlerThatThrowsEndsNothing() {
		this.runner.withUserConfiguration(Failing.class)
			.withBean(TopicListenerErrorHandler.class, () -> (listener, messages, failure) -> {
				throw new IllegalStateException("the error handler");
			})
			.run((context) -> {
				Libp2pTemplate template = context.getBean(Libp2pTemplate.class);
				template.publish("failing", "state");
				template.publish("failing", "argument");
				assertThat(TopicPeer.poll(context.getBean(Failing.class).handled)).isEqualTo("argument: argument");
			});
	}

	@Test
	void messagesOfATopicComeInOrderOneAtATime() {
		this.runner.withUserConfiguration(Ordered.class).run((context) -> {
			Libp2pTemplate template = context.getBean(Libp2pTemplate.class);
			for (int index = 0; index < 50; index++) {
				template.publish("ordered", Integer.toString(index));
			}
			Ordered ordered = context.getBean(Ordered.class);
			List<String> taken = new ArrayList<>();
			while (taken.size() < 50) {
				taken.add(TopicPeer.poll(ordered.taken));
			}
			assertThat(taken).containsExactlyElementsOf(IntStream.range(0, 50).mapToObj(Integer::toString).toList());
			assertThat(ordered.most).hasValue(1);
		});
	}

	@Test
	void asManyMessagesAsTheConcurrencySaysAreHandledAtOnceOverAllTopics() {
		this.runner.withUserConfiguration(Concurrent.class).withPropertyValues("app.concurrency=3").run((context) -> {
			Libp2pTemplate template = context.getBean(Libp2pTemplate.class);
			for (int index = 0; index < 4; index++) {
				template.publish("left", "l" + index);
				template.publish("right", "r" + index);
			}
			Concurrent concurrent = context.getBean(Concurrent.class);
			assertThat(concurrent.three.await(30, TimeUnit.SECONDS)).isTrue();
			concurrent.release.countDown();
			assertThat(concurrent.eight.await(30, TimeUnit.SECONDS)).isTrue();
			assertThat(concurrent.most).hasValue(3);
		});
	}

	@Test
	void aBatchHoldsWhatWaitsUpToItsSize() {
		this.runner.withUserConfiguration(Batches.class)
			.withPropertyValues("libp2p.pubsub.listener.batch-size=3", "libp2p.pubsub.listener.batch-timeout=30s")
			.run((context) -> {
				Libp2pTemplate template = context.getBean(Libp2pTemplate.class);
				for (int index = 0; index < 6; index++) {
					template.publish("batches", new Article("a" + index, index));
				}
				BlockingQueue<List<String>> taken = context.getBean(Batches.class).taken;
				assertThat(TopicPeer.poll(taken)).containsExactly("a0", "a1", "a2");
				assertThat(TopicPeer.poll(taken)).containsExactly("a3", "a4", "a5");
			});
	}

	@Test
	void aBatchIsWithoutWhatCannotBeRead() {
		this.runner.withUserConfiguration(Batches.class)
			.withPropertyValues("libp2p.pubsub.listener.batch-size=3", "libp2p.pubsub.listener.batch-timeout=30s")
			.run((context) -> {
				Libp2pTemplate template = context.getBean(Libp2pTemplate.class);
				template.publish("batches", new Article("first", 1));
				template.publish("batches", "no article");
				template.publish("batches", new Article("third", 3));
				assertThat(TopicPeer.poll(context.getBean(Batches.class).taken)).containsExactly("first", "third");
			});
	}

	@Test
	void aBatchEndsWithItsTime() {
		this.runner.withUserConfiguration(Batches.class)
			.withPropertyValues("libp2p.pubsub.listener.batch-timeout=0ms")
			.run((context) -> {
				context.getBean(Libp2pTemplate.class).publish("batches", new Article("alone", 1));
				assertThat(TopicPeer.poll(context.getBean(Batches.class).taken)).containsExactly("alone");
			});
	}

	private static TopicListener listener(Libp2pTopicListenerRegistry registry, String id) {
		return registry.listener(id).orElseThrow();
	}

	record Article(@NotBlank String title, int pages) {

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
	static class Kinds {

		private final BlockingQueue<Object> taken = new LinkedBlockingQueue<>();

		@Libp2pTopicListener("bytes")
		void bytes(byte[] bytes) {
			this.taken.add(List.of(bytes[0], bytes[1]));
		}

		@Libp2pTopicListener("protobuf")
		void protobuf(Int32Value value) {
			this.taken.add(value);
		}

		@Libp2pTopicListener(topics = "json", id = "json")
		void json(@Payload @Valid Article article) {
			this.taken.add(article);
		}

		@Libp2pTopicListener(topics = "cbor", format = PayloadFormat.CBOR)
		void cbor(Article article) {
			this.taken.add(article);
		}

		@Libp2pTopicListener("nothing")
		void nothing() {
			this.taken.add("no argument");
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Failing {

		private final BlockingQueue<String> handled = new LinkedBlockingQueue<>();

		@Libp2pTopicListener("failing")
		void take(String text) throws IOException {
			switch (text) {
				case "argument" -> throw new IllegalArgumentException(text);
				case "again" -> throw new IOException(text);
				default -> throw new IllegalStateException(text);
			}
		}

		@MessageExceptionHandler
		void argument(IllegalArgumentException ex, TopicMessage message) {
			this.handled.add(ex.getMessage() + ": " + TopicPeer.text(message));
		}

		@MessageExceptionHandler
		void again(IOException ex) {
			throw new UnsupportedOperationException("within the exception handler");
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Ordered {

		private final BlockingQueue<String> taken = new LinkedBlockingQueue<>();

		private final AtomicInteger running = new AtomicInteger();

		private final AtomicInteger most = new AtomicInteger();

		@Libp2pTopicListener("ordered")
		void take(String text) {
			this.most.accumulateAndGet(this.running.incrementAndGet(), Math::max);
			Thread.yield();
			this.running.decrementAndGet();
			this.taken.add(text);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Concurrent {

		private final CountDownLatch three = new CountDownLatch(3);

		private final CountDownLatch eight = new CountDownLatch(8);

		private final CountDownLatch release = new CountDownLatch(1);

		private final AtomicInteger running = new AtomicInteger();

		private final AtomicInteger most = new AtomicInteger();

		@Libp2pTopicListener(topics = { "left", "right" }, concurrency = "${app.concurrency}")
		void take(String text) throws InterruptedException {
			this.most.accumulateAndGet(this.running.incrementAndGet(), Math::max);
			this.three.countDown();
			this.release.await();
			this.running.decrementAndGet();
			this.eight.countDown();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Batches {

		private final BlockingQueue<List<String>> taken = new LinkedBlockingQueue<>();

		@Libp2pTopicListener(topics = "batches", batch = true)
		void take(List<Article> articles, List<TopicMessage> messages) {
			assertThat(messages).hasSameSizeAs(articles);
			this.taken.add(articles.stream().map(Article::title).toList());
		}

	}

}

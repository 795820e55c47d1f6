package io.p2pboot.libp2p.spring.topic;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicReference;

import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.pubsub.AsyncTopicValidator;
import io.p2pboot.libp2p.pubsub.PubSubObserver;
import io.p2pboot.libp2p.pubsub.PublishFailed;
import io.p2pboot.libp2p.pubsub.RejectReason;
import io.p2pboot.libp2p.pubsub.TopicMessage;
import io.p2pboot.libp2p.pubsub.TopicValidator;
import io.p2pboot.libp2p.pubsub.Validation;
import io.p2pboot.libp2p.spring.Libp2pTemplate;
import io.p2pboot.libp2p.spring.Libp2pTopicListener;
import io.p2pboot.libp2p.spring.Libp2pTopicValidator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Validators of an application: what they say to messages of a peer and to own ones.
 */
@Timeout(120)
class TopicValidatorsTest {

	private final Rejections rejections = new Rejections();

	private final ApplicationContextRunner runner = TopicPeer.runner()
		.withConfiguration(AutoConfigurations.of(JacksonAutoConfiguration.class))
		.withBean(PubSubObserver.class, () -> this.rejections)
		.withUserConfiguration(Validators.class);

	@ParameterizedTest
	@CsvSource({ "boolean, bad, FAILED", "boxed, bad, FAILED", "verdict, bad, IGNORED", "later, bad, IGNORED",
			"later-boolean, bad, FAILED", "bean, bad, FAILED", "async-bean, bad, FAILED", "lambda, bad, IGNORED",
			"throws, bad, IGNORED", "hangs, bad, IGNORED", "unreadable, {, IGNORED", "strict, {, FAILED" })
	void whatAValidatorDoesNotAcceptIsNotDelivered(String topic, String bad, RejectReason reason) {
		this.runner.withPropertyValues("libp2p.pubsub.validation.timeout=500ms").run((context) -> {
			BlockingQueue<String> taken = context.getBean(Validators.class).taken;
			try (TopicPeer peer = TopicPeer.connect(context)) {
				peer.publish(topic, bad);
				assertThat(TopicPeer.poll(this.rejections.reasons)).isEqualTo(reason);
				peer.publish(topic, "1");
				assertThat(TopicPeer.poll(taken)).isEqualTo(topic + " 1");
				assertThat(taken).isEmpty();
			}
		});
	}

	@Test
	void anOwnMessageThatIsRejectedFailsAtItsPublisher() {
		this.runner.run((context) -> {
			Libp2pTemplate template = context.getBean(Libp2pTemplate.class);
			assertThatExceptionOfType(PublishFailed.Rejected.class).isThrownBy(() -> template.publish("boolean", "bad"))
				.withMessageContaining("REJECT");
			assertThat(template.publish("boolean", "good")).isZero();
		});
	}

	@Test
	void asManyAsAreAllowedAreValidatedAtOnceAndTheRestIsIgnored() {
		this.runner.withPropertyValues("libp2p.pubsub.validation.max-in-flight=1").run((context) -> {
			Validators validators = context.getBean(Validators.class);
			try (TopicPeer peer = TopicPeer.connect(context)) {
				peer.publish("hangs", "bad");
				TopicPeer.await(() -> validators.hanging.get() != null);
				peer.publish("hangs", "one more");
				assertThat(TopicPeer.poll(this.rejections.reasons)).isEqualTo(RejectReason.THROTTLED);
				validators.hanging.get().complete(Validation.ACCEPT);
				assertThat(TopicPeer.poll(validators.taken)).isEqualTo("hangs bad");
			}
		});
	}

	/** What was not accepted, and why. */
	private static final class Rejections implements PubSubObserver {

		private final BlockingQueue<RejectReason> reasons = new LinkedBlockingQueue<>();

		@Override
		public void rejected(PeerId from, String topic, RejectReason reason) {
			this.reasons.add(reason);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Validators {

		private final BlockingQueue<String> taken = new LinkedBlockingQueue<>();

		private final AtomicReference<CompletableFuture<Validation>> hanging = new AtomicReference<>();

		@Libp2pTopicListener({ "boolean", "boxed", "verdict", "later", "later-boolean", "bean", "async-bean", "lambda",
				"throws", "hangs", "unreadable", "strict" })
		void take(String text, TopicMessage message) {
			this.taken.add(message.topic() + " " + text);
		}

		@Libp2pTopicValidator("boolean")
		boolean primitive(String text) {
			return !text.equals("bad");
		}

		@Libp2pTopicValidator("boxed")
		Boolean boxed(TopicMessage message) {
			return !TopicPeer.text(message).equals("bad");
		}

		@Libp2pTopicValidator("verdict")
		Validation verdict(String text, TopicMessage message) {
			return text.equals("bad") ? Validation.IGNORE : Validation.ACCEPT;
		}

		@Libp2pTopicValidator("later")
		CompletionStage<Validation> later(String text) {
			return CompletableFuture.supplyAsync(() -> text.equals("bad") ? Validation.IGNORE : Validation.ACCEPT);
		}

		@Libp2pTopicValidator("later-boolean")
		CompletableFuture<Boolean> laterBoolean(String text) {
			return CompletableFuture.supplyAsync(() -> !text.equals("bad"));
		}

		@Libp2pTopicValidator("throws")
		boolean fails(String text) {
			if (text.equals("bad")) {
				throw new IllegalStateException("the validator");
			}
			return true;
		}

		@Libp2pTopicValidator("hangs")
		CompletionStage<Validation> hangs(String text) {
			if (!text.equals("bad")) {
				return CompletableFuture.completedStage(Validation.ACCEPT);
			}
			CompletableFuture<Validation> never = new CompletableFuture<>();
			this.hanging.set(never);
			return never;
		}

		@Libp2pTopicValidator("unreadable")
		boolean unreadable(Integer number) {
			return true;
		}

		@Libp2pTopicValidator(topics = "strict", rejectUnreadable = true)
		boolean strict(Integer number) {
			return true;
		}

		@Bean
		Checking checking() {
			return new Checking();
		}

		@Bean
		AsyncTopicValidator checkingLater() {
			return new CheckingLater();
		}

		@Bean
		@Libp2pTopicValidator("lambda")
		TopicValidator lambda() {
			return (message) -> TopicPeer.text(message).equals("bad") ? Validation.IGNORE : Validation.ACCEPT;
		}

	}

	@Libp2pTopicValidator("bean")
	static class Checking implements TopicValidator {

		@Override
		public Validation check(TopicMessage message) {
			return TopicPeer.text(message).equals("bad") ? Validation.REJECT : Validation.ACCEPT;
		}

	}

	@Libp2pTopicValidator("async-bean")
	static class CheckingLater implements AsyncTopicValidator {

		@Override
		public CompletionStage<Validation> check(TopicMessage message) {
			return CompletableFuture
				.completedStage(TopicPeer.text(message).equals("bad") ? Validation.REJECT : Validation.ACCEPT);
		}

	}

}

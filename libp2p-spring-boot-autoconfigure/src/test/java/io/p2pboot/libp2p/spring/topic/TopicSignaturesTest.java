package io.p2pboot.libp2p.spring.topic;

import java.io.InputStream;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;

import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.pubsub.Overflow;
import io.p2pboot.libp2p.pubsub.TopicMessage;
import io.p2pboot.libp2p.pubsub.Validation;
import io.p2pboot.libp2p.spring.Libp2pTopicListener;
import io.p2pboot.libp2p.spring.Libp2pTopicValidator;
import io.p2pboot.libp2p.spring.handler.UnsupportedHandlerException;
import jakarta.validation.Valid;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.messaging.Message;
import org.springframework.messaging.handler.annotation.Header;
import org.springframework.messaging.handler.annotation.MessageExceptionHandler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

/**
 * Methods that cannot listen or validate, each refused at startup with its reason.
 */
@Timeout(60)
class TopicSignaturesTest {

	private final ApplicationContextRunner runner = TopicPeer.runner()
		.withConfiguration(AutoConfigurations.of(JacksonAutoConfiguration.class));

	static Stream<Arguments> refused() {
		return Stream.of(arguments(ABarePeerId.class, "its parameter 1 is a PeerId, which could be the author"),
				arguments(AReply.class, "it returns a String, and a message of a topic has no reply"),
				arguments(NoTopic.class, "it names no topic"), arguments(BlankTopic.class, "its topic ' ' is blank"),
				arguments(BlankPlaceholder.class, "its topic '${app.blank:}' is blank"),
				arguments(Unresolved.class, "the placeholder in topics = \"${app.topic}\" is not resolved"),
				arguments(UnresolvedId.class, "the placeholder in id = \"${app.id}\" is not resolved"),
				arguments(TwiceTheTopic.class, "it names the topic 'a' twice"),
				arguments(TwoPayloads.class, "more than one parameter for the payload"),
				arguments(TwoMessages.class, "it takes the message twice"),
				arguments(NoList.class, "it takes batches, and its parameter 0 is no List"),
				arguments(AStream.class, "its parameter 0 is a InputStream, which is open"),
				arguments(AConnection.class, "its parameter 0 is a Connection, which belongs to the node"),
				arguments(AnEnvelope.class, "its parameter 0 is a Message"),
				arguments(AHeader.class, "its parameter 0 carries @Header"),
				arguments(NotValidated.class, "there is no validator"),
				arguments(ZeroConcurrency.class, "its concurrency '0' is not a positive number"),
				arguments(TextConcurrency.class, "its concurrency 'many' is not a positive number"),
				arguments(NoBoolean.class, "its autoStartup 'maybe' is neither true nor false"),
				arguments(TwoOverflows.class, "more than one overflow"),
				arguments(SameId.class, "its id 'same' is also that of method listen"),
				arguments(ExceptionHandler.class, "it handles exceptions, and takes a PeerId"),
				arguments(BadAnswer.class, "it returns a String"), arguments(BadStage.class, "it returns a Completion"),
				arguments(NoValidator.class, "it is neither a TopicValidator nor an AsyncTopicValidator"),
				arguments(NoValidatorTopic.class, "it names no topic"));
	}

	@ParameterizedTest
	@MethodSource
	void refused(Class<?> bean, String problem) {
		this.runner.withUserConfiguration(bean)
			.run((context) -> assertThat(context).getFailure()
				.isInstanceOfSatisfying(UnsupportedHandlerException.class, (failure) -> {
					assertThat(failure.annotation()).startsWith("@Libp2pTopic");
					assertThat(failure.handler()).contains(bean.getSimpleName());
					assertThat(failure.problem()).contains(problem);
					assertThat(failure.action()).endsWith(".");
				}));
	}

	static class ABarePeerId {

		@Libp2pTopicListener("a")
		void listen(String text, PeerId peer) {
		}

	}

	static class AReply {

		@Libp2pTopicListener("a")
		String listen(String text) {
			return text;
		}

	}

	static class NoTopic {

		@Libp2pTopicListener
		void listen(String text) {
		}

	}

	static class BlankTopic {

		@Libp2pTopicListener(" ")
		void listen(String text) {
		}

	}

	static class BlankPlaceholder {

		@Libp2pTopicListener("${app.blank:}")
		void listen(String text) {
		}

	}

	static class Unresolved {

		@Libp2pTopicListener("${app.topic}")
		void listen(String text) {
		}

	}

	static class UnresolvedId {

		@Libp2pTopicListener(topics = "a", id = "${app.id}")
		void listen(String text) {
		}

	}

	static class TwiceTheTopic {

		@Libp2pTopicListener({ "a", "${app.other:a}" })
		void listen(String text) {
		}

	}

	static class TwoPayloads {

		@Libp2pTopicListener("a")
		void listen(String text, byte[] bytes) {
		}

	}

	static class TwoMessages {

		@Libp2pTopicListener("a")
		void listen(TopicMessage first, TopicMessage second) {
		}

	}

	static class NoList {

		@Libp2pTopicListener(topics = "a", batch = true)
		void listen(String text) {
		}

	}

	static class AStream {

		@Libp2pTopicListener("a")
		void listen(InputStream stream) {
		}

	}

	static class AConnection {

		@Libp2pTopicListener("a")
		void listen(Connection connection) {
		}

	}

	static class AnEnvelope {

		@Libp2pTopicListener("a")
		void listen(Message<String> message) {
		}

	}

	static class AHeader {

		@Libp2pTopicListener("a")
		void listen(@Header String header) {
		}

	}

	static class NotValidated {

		@Libp2pTopicListener("a")
		void listen(@Valid List<String> texts) {
		}

	}

	static class ZeroConcurrency {

		@Libp2pTopicListener(topics = "a", concurrency = "0")
		void listen(String text) {
		}

	}

	static class TextConcurrency {

		@Libp2pTopicListener(topics = "a", concurrency = "${app.concurrency:many}")
		void listen(String text) {
		}

	}

	static class NoBoolean {

		@Libp2pTopicListener(topics = "a", autoStartup = "maybe")
		void listen(String text) {
		}

	}

	static class TwoOverflows {

		@Libp2pTopicListener(topics = "a", overflow = { Overflow.CLOSE, Overflow.DROP_NEWEST })
		void listen(String text) {
		}

	}

	static class SameId {

		@Libp2pTopicListener(topics = "a", id = "same")
		void listen(String text) {
		}

		@Libp2pTopicListener(topics = "b", id = "same")
		void listenToo(String text) {
		}

	}

	static class ExceptionHandler {

		@Libp2pTopicListener("a")
		void listen(String text) {
		}

		@MessageExceptionHandler
		void handle(IllegalStateException ex, PeerId peer) {
		}

	}

	static class BadAnswer {

		@Libp2pTopicValidator("a")
		String validate(String text) {
			return text;
		}

	}

	static class BadStage {

		@Libp2pTopicValidator("a")
		CompletionStage<List<Validation>> validate(String text) {
			throw new UnsupportedOperationException();
		}

	}

	@Libp2pTopicValidator("a")
	static class NoValidator {

	}

	static class NoValidatorTopic {

		@Libp2pTopicValidator
		boolean validate(String text) {
			return true;
		}

	}

}

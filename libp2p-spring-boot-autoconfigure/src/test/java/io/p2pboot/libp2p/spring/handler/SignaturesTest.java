package io.p2pboot.libp2p.spring.handler;

import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.Datagram;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.autoconfigure.MemoryApp;
import io.p2pboot.libp2p.spring.Libp2pProtocol;
import io.p2pboot.libp2p.spring.payload.PayloadFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.context.PropertyPlaceholderAutoConfiguration;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.io.ByteArrayResource;
import org.springframework.core.io.Resource;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessageHeaders;
import org.springframework.messaging.handler.annotation.Header;
import org.springframework.messaging.handler.annotation.MessageExceptionHandler;
import org.springframework.messaging.support.GenericMessage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

/**
 * Methods that cannot serve, each refused at startup with its reason.
 */
@Timeout(60)
class SignaturesTest {

	private final ApplicationContextRunner runner = MemoryApp.runner()
		.withConfiguration(AutoConfigurations.of(JacksonAutoConfiguration.class));

	static java.util.stream.Stream<Arguments> refused() {
		return Stream.of(arguments(TwoMessages.class, "more than one parameter for the message"),
				arguments(BytesAndReply.class, "mixes the bytes"), arguments(BytesAndMessage.class, "mixes the bytes"),
				arguments(DatagramAndReply.class, "has no reply"),
				arguments(DatagramAndConnection.class, "a Datagram goes with"),
				arguments(TwoFormats.class, "more than one format"),
				arguments(Future.class, "returns a Future, which comes later"), arguments(Publisher.class, "Publisher"),
				arguments(FutureMessage.class, "CompletableFuture"), arguments(WholeMessage.class, "is a Message"),
				arguments(Headers.class, "is a MessageHeaders"), arguments(OneHeader.class, "carries @Header"),
				arguments(TheNode.class, "is a Node"), arguments(AFailure.class, "is a IllegalStateException"),
				arguments(Ambiguous.class, "@MessageExceptionHandler methods are ambiguous"),
				arguments(ReturnsFailure.class, "returns a IllegalStateException, which is an exception"),
				arguments(ReturnsFailures.class, "returns a Exception, which is an exception"),
				arguments(ReturnsFailureArray.class, "returns a Exception, which is an exception"),
				arguments(ReturnsMaybeFailure.class, "returns a Throwable, which is an exception"),
				arguments(ReturnsFailureLater.class, "returns a Exception, which is an exception"),
				arguments(ReturnsOwnFailures.class, "returns a "),
				arguments(TakesFailures.class, "parameter 0 is a Exception"),
				arguments(ReturnsMessage.class, "returns a Message, which has headers"),
				arguments(ReturnsResource.class, "returns a Resource, which names a resource"),
				arguments(ReturnsStream.class, "returns a Stream, which belongs to the node"),
				arguments(ReturnsJavaStream.class, "returns a IntStream, which is open"),
				arguments(ReturnsInput.class, "returns a InputStream, which is open"),
				arguments(ReturnsCallable.class, "returns a Callable, which comes later"),
				arguments(ReturnsGenericCallable.class, "returns a Callable, which comes later"),
				arguments(DatagramAndReset.class, "has no reply"), arguments(NoPath.class, "names no path"),
				arguments(EmptyPlaceholder.class, "'' is not a valid protocol path"),
				arguments(UndefinedPlaceholder.class,
						"the placeholder in value = \"/app/${app.name.missing}/1.0.0\" is not resolved"),
				arguments(UndefinedConcurrency.class,
						"the placeholder in concurrency = \"${app.many.missing}\" is not resolved"));
	}

	@ParameterizedTest
	@MethodSource
	void refused(Class<?> handler, String problem) {
		this.runner.withUserConfiguration(handler)
			.run((context) -> assertThat(context).getFailure()
				.isInstanceOfSatisfying(UnsupportedHandlerException.class, (failure) -> {
					assertThat(failure.handler()).contains("method serve").contains(handler.getSimpleName());
					assertThat(failure.problem()).contains(problem);
					assertThat(failure.action()).endsWith(".");
				}));
	}

	@Test
	void aPlaceholderThatIsNotDefinedIsNamedByBootToo() {
		this.runner.withConfiguration(AutoConfigurations.of(PropertyPlaceholderAutoConfiguration.class))
			.withUserConfiguration(UndefinedPlaceholder.class)
			.run((context) -> assertThat(context).getFailure()
				.isInstanceOf(UnsupportedHandlerException.class)
				.hasMessageContaining("UndefinedPlaceholder")
				.hasMessageContaining("app.name.missing"));
	}

	@Test
	void aMethodWithoutAReplyMayReturnVoidAsAnObject() {
		this.runner.withUserConfiguration(BoxedVoid.class).run((context) -> {
			try (Node peer = MemoryApp.peer()) {
				assertThat(MemoryApp.exchange(peer, MemoryApp.address(context), "/good", "\u0002hi")).isEmpty();
			}
		});
	}

	@Test
	void aMethodOfAConfigurationServesUnderItsOwnName() {
		this.runner.withUserConfiguration(Serving.class).run((context) -> {
			assertThat(context.getBean(HandlerRegistrar.class).handlers()).singleElement()
				.asString()
				.contains("SignaturesTest$Serving)")
				.doesNotContain("CGLIB");
			try (Node peer = MemoryApp.peer()) {
				assertThat(MemoryApp.exchange(peer, MemoryApp.address(context), "/good", "\u0002hi"))
					.isEqualTo("\u0002hi");
			}
		});
	}

	static class TwoMessages {

		@Libp2pProtocol("/bad")
		String serve(String one, String two) {
			return one + two;
		}

	}

	static class BytesAndReply {

		@Libp2pProtocol("/bad")
		String serve(InputStream in) {
			return "";
		}

	}

	static class BytesAndMessage {

		@Libp2pProtocol("/bad")
		void serve(InputStream in, String message) {
		}

	}

	static class DatagramAndReply {

		@Libp2pProtocol("/bad")
		String serve(Datagram datagram) {
			return "";
		}

	}

	static class DatagramAndConnection {

		@Libp2pProtocol("/bad")
		void serve(Datagram datagram, Connection connection) {
		}

	}

	static class TwoFormats {

		@Libp2pProtocol(value = "/bad", format = { PayloadFormat.JSON, PayloadFormat.CBOR })
		void serve(String message) {
		}

	}

	static class Future {

		@Libp2pProtocol("/bad")
		java.util.concurrent.Future<String> serve(String message) {
			return CompletableFuture.completedFuture(message);
		}

	}

	static class Publisher {

		@Libp2pProtocol("/bad")
		Flow.Publisher<String> serve(String message) {
			return (subscriber) -> {
			};
		}

	}

	static class FutureMessage {

		@Libp2pProtocol("/bad")
		void serve(CompletableFuture<String> message) {
		}

	}

	static class WholeMessage {

		@Libp2pProtocol("/bad")
		void serve(Message<String> message) {
		}

	}

	static class Headers {

		@Libp2pProtocol("/bad")
		void serve(MessageHeaders headers) {
		}

	}

	static class OneHeader {

		@Libp2pProtocol("/bad")
		void serve(@Header("peer") String peer) {
		}

	}

	static class TheNode {

		@Libp2pProtocol("/bad")
		void serve(Node node) {
		}

	}

	static class AFailure {

		@Libp2pProtocol("/bad")
		void serve(IllegalStateException failure) {
		}

	}

	static class Ambiguous {

		@Libp2pProtocol("/bad")
		void serve(String message) {
		}

		@MessageExceptionHandler
		void one(IllegalStateException ex) {
		}

		@MessageExceptionHandler
		void other(IllegalStateException ex) {
		}

	}

	static class NoPath {

		@Libp2pProtocol({})
		void serve(String message) {
		}

	}

	static class UndefinedPlaceholder {

		@Libp2pProtocol("/app/${app.name.missing}/1.0.0")
		String serve(String text) {
			return text;
		}

	}

	static class UndefinedConcurrency {

		@Libp2pProtocol(value = "/bad", concurrency = "${app.many.missing}")
		String serve(String text) {
			return text;
		}

	}

	static class EmptyPlaceholder {

		@Libp2pProtocol("${no.such.path:}")
		void serve(String message) {
		}

	}

	static class BoxedVoid {

		@Libp2pProtocol("/good")
		Void serve(String message) {
			return null;
		}

	}

	@Configuration
	static class Serving {

		@Libp2pProtocol("/good")
		String serve(String message) {
			return message;
		}

	}

	static class ReturnsFailure {

		@Libp2pProtocol("/bad")
		IllegalStateException serve(String message) {
			return new IllegalStateException(message);
		}

	}

	static class ReturnsFailures {

		@Libp2pProtocol("/bad")
		List<? extends Exception> serve(String message) {
			return List.of();
		}

	}

	static class ReturnsFailureArray {

		@Libp2pProtocol("/bad")
		Map<String, Exception[]> serve(String message) {
			return Map.of();
		}

	}

	static class ReturnsMaybeFailure {

		@Libp2pProtocol("/bad")
		Optional<Throwable> serve(String message) {
			return Optional.empty();
		}

	}

	static class ReturnsFailureLater {

		@Libp2pProtocol("/bad")
		CompletableFuture<Exception> serve(String message) {
			return CompletableFuture.completedFuture(StreamReset.local(1));
		}

	}

	static class OwnFailures extends ArrayList<StreamReset> {

		private static final long serialVersionUID = 1L;

	}

	static class ReturnsOwnFailures {

		@Libp2pProtocol("/bad")
		OwnFailures serve(String message) {
			return new OwnFailures();
		}

	}

	static class TakesFailures {

		@Libp2pProtocol("/bad")
		void serve(List<Exception> message) {
		}

	}

	static class ReturnsMessage {

		@Libp2pProtocol("/bad")
		Message<String> serve(String message) {
			return new GenericMessage<>(message);
		}

	}

	static class ReturnsResource {

		@Libp2pProtocol("/bad")
		Resource serve(String message) {
			return new ByteArrayResource(new byte[0]);
		}

	}

	static class ReturnsStream {

		@Libp2pProtocol("/bad")
		io.p2pboot.libp2p.Stream serve(io.p2pboot.libp2p.Stream stream) {
			return stream;
		}

	}

	static class ReturnsJavaStream {

		@Libp2pProtocol("/bad")
		IntStream serve(String message) {
			return IntStream.of(message.length());
		}

	}

	static class ReturnsInput {

		@Libp2pProtocol("/bad")
		InputStream serve(String message) {
			return InputStream.nullInputStream();
		}

	}

	static class ReturnsCallable {

		@Libp2pProtocol("/bad")
		Callable<String> serve(String message) {
			return () -> message;
		}

	}

	abstract static class Generic<T> {

		@Libp2pProtocol("/bad")
		abstract T serve(String message);

	}

	static class ReturnsGenericCallable extends Generic<Callable<String>> {

		@Override
		Callable<String> serve(String message) {
			return () -> message;
		}

	}

	static class DatagramAndReset {

		@Libp2pProtocol("/bad")
		StreamReset serve(Datagram datagram) {
			return StreamReset.local(1);
		}

	}

}

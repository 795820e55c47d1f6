package io.p2pboot.libp2p.spring.handler;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import com.google.protobuf.StringValue;
import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.Datagram;
import io.p2pboot.libp2p.LimitExceeded;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamProtocol;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.autoconfigure.MemoryApp;
import io.p2pboot.libp2p.spring.Libp2pExceptionHandler;
import io.p2pboot.libp2p.spring.Libp2pProtocol;
import io.p2pboot.libp2p.spring.Libp2pTemplate;
import io.p2pboot.libp2p.spring.payload.InvalidMessage;
import io.p2pboot.libp2p.spring.payload.MessageCodec;
import io.p2pboot.libp2p.spring.payload.PayloadFormat;
import io.p2pboot.libp2p.spring.payload.UnreadableMessage;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.Positive;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.validation.autoconfigure.ValidationAutoConfiguration;
import org.springframework.context.ApplicationContext;
import org.springframework.core.ParameterizedTypeReference;
import org.springframework.messaging.handler.annotation.MessageExceptionHandler;
import org.springframework.messaging.handler.annotation.Payload;
import org.springframework.util.function.ThrowingConsumer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

@Timeout(60)
class MethodHandlerTest {

	private final ApplicationContextRunner runner = MemoryApp.runner()
		.withConfiguration(AutoConfigurations.of(JacksonAutoConfiguration.class, ValidationAutoConfiguration.class));

	@Test
	void bytesTextAndBuffersGoBothWays() {
		calls(Plain.class, (call) -> {
			assertThat(call.request("/bytes", new byte[] { 1, 2, 3 }, byte[].class)).containsExactly(3, 2, 1);
			assertThat(call.request("/text", "grüß", String.class)).isEqualTo("GRÜSS");
			ByteBuffer reply = call.request("/buffer", ByteBuffer.wrap(new byte[] { 7 }), ByteBuffer.class);
			assertThat(reply.get()).isEqualTo((byte) 7);
			assertThat(call.request("/text", "", String.class)).isEmpty();
		});
	}

	@Test
	void protobufMessagesGoBothWays() {
		calls(Plain.class,
				(call) -> assertThat(call.request("/protobuf", StringValue.of("a"), StringValue.class).getValue())
					.isEqualTo("aa"));
	}

	@Test
	void objectsGoAsJsonAndAsCbor() {
		calls(Deals.class, (call) -> {
			assertThat(call.request("/deals/json", new Deal("wool", 3), Reply.class)).isEqualTo(new Reply("3 wool"));
			assertThat(call.template.withFormat(PayloadFormat.CBOR)
				.request(call.app, "/deals/cbor", new Deal("wool", 3), Reply.class)).isEqualTo(new Reply("3 wool"));
			assertThat(call.raw("/deals/json", "\u0019{\"item\":\"tea\",\"amount\":2}x"))
				.isEqualTo("\u0010{\"text\":\"2 tea\"}");
			assertThat(call.template.request(call.app, "/deals/many", List.of(new Deal("a", 1), new Deal("b", 2)),
					new ParameterizedTypeReference<List<Reply>>() {
					}))
				.containsExactly(new Reply("1 a"), new Reply("2 b"));
		});
	}

	@Test
	void theDefaultFormatIsConfigurable() {
		this.runner.withPropertyValues("libp2p.handlers.format=cbor")
			.withUserConfiguration(Deals.class)
			.run((context) -> with(context,
					(call) -> assertThat(call.raw("/deals/json", "\u0013\u00bfditemcteafamount\u0002\u00ff"))
						.contains("2 tea")));
	}

	@Test
	void aMethodLearnsWhoCalls() {
		calls(Plain.class, (call) -> {
			String expected = call.peer.peerId() + " " + call.peer.peerId() + " " + call.peer.peerId();
			assertThat(call.request("/who", "", String.class)).isEqualTo(expected);
		});
	}

	@Test
	void aMethodServesTheBytesOfAStream() {
		calls(Plain.class, (call) -> {
			assertThat(call.raw("/raw/streams", "hello")).isEqualTo("hello");
			assertThat(call.raw("/raw/stream", "hello")).isEqualTo("hello");
		});
	}

	@Test
	void aMethodRepliesWithoutARequestAndTakesOneWithoutAReply() {
		calls(Plain.class, (call) -> {
			assertThat(call.raw("/hello", "")).isEqualTo("\u0005hello");
			call.template.send(call.app, "/note", "remember");
			assertThat(Plain.notes.poll(20, TimeUnit.SECONDS)).isEqualTo("remember");
		});
	}

	@Test
	void aMethodServesDatagrams() {
		calls(Plain.class, (call) -> {
			call.template.sendDatagram(call.app, "/measure",
					ByteBuffer.wrap("{\"text\":\"21\"}".getBytes(StandardCharsets.UTF_8)));
			assertThat(Plain.notes.poll(20, TimeUnit.SECONDS)).isEqualTo("21 13 " + call.peer.peerId());
		});
	}

	@Test
	void aMessageAtTheBoundIsServedAndOneMoreByteIsATypedErrorOnBothSides() {
		Recorder recorder = new Recorder();
		this.runner.withPropertyValues("libp2p.streams.max-message-size=1000B")
			.withUserConfiguration(Plain.class)
			.withBean("recorder", Libp2pExceptionHandler.class, () -> recorder)
			.run((context) -> with(context, (call) -> {
				assertThat(call.request("/bytes", new byte[1000], byte[].class)).hasSize(1000);
				assertThatThrownBy(() -> call.request("/bytes", new byte[1001], byte[].class))
					.isInstanceOfSatisfying(StreamReset.class, (reset) -> {
						assertThat(reset.isRemote()).isTrue();
						assertThat(reset.code()).hasValue(MessageCodec.TOO_LARGE_RESET_CODE);
					});
				assertThat(recorder.failures.poll(20, TimeUnit.SECONDS)).isInstanceOfSatisfying(LimitExceeded.class,
						(exceeded) -> {
							assertThat(exceeded.limit()).isEqualTo(MessageCodec.LIMIT);
							assertThat(exceeded.value()).isEqualTo(1001);
						});
				assertThat(call.peer.connections()).hasSize(1);
				assertThat(call.request("/text", "lives", String.class)).isEqualTo("LIVES");
			}));
	}

	@Test
	void aMessageThatIsNotReadableResetsTheStreamAndQuotesNothing() {
		Recorder recorder = new Recorder();
		this.runner.withUserConfiguration(Deals.class, Plain.class)
			.withBean("recorder", Libp2pExceptionHandler.class, () -> recorder)
			.run((context) -> with(context, (call) -> {
				refused(call, "/deals/json", "\u0008{evil-1}", UnreadableMessage.RESET_CODE);
				refused(call, "/deals/json", "\u0004null", UnreadableMessage.RESET_CODE);
				refused(call, "/deals/json", "\u0005{}{} ", UnreadableMessage.RESET_CODE);
				refused(call, "/protobuf", "\u0003\n\u0008x", UnreadableMessage.RESET_CODE);
				for (Throwable failure : recorder.failures) {
					assertThat(failure).isInstanceOf(UnreadableMessage.class);
					assertThat(failure.getMessage()).doesNotContain("evil");
				}
				assertThat(recorder.failures).hasSize(4);
			}));
	}

	@Test
	void aNestedMessageIsRefusedAtTheParsersBound() {
		calls(Deals.class, (call) -> refused(call, "/deals/tree", prefixed("[".repeat(600) + "]".repeat(600)),
				UnreadableMessage.RESET_CODE));
	}

	@Test
	void anInvalidMessageIsRefused() {
		Recorder recorder = new Recorder();
		this.runner.withUserConfiguration(Deals.class)
			.withBean("recorder", Libp2pExceptionHandler.class, () -> recorder)
			.run((context) -> with(context, (call) -> {
				assertThatThrownBy(() -> call.request("/deals/json", new Deal(" ", -1), Reply.class))
					.isInstanceOf(StreamReset.class);
				assertThat(recorder.failures.poll(20, TimeUnit.SECONDS)).isInstanceOfSatisfying(InvalidMessage.class,
						(invalid) -> assertThat(invalid.violations()).hasSize(2)
							.first()
							.asString()
							.startsWith("amount "));
			}));
	}

	@Test
	void theClassItselfAnswersItsFailures() {
		calls(Failing.class, (call) -> {
			assertThatThrownBy(() -> call.request("/fail", "argument", String.class))
				.isInstanceOfSatisfying(StreamReset.class, (reset) -> assertThat(reset.code()).hasValue(7));
			assertThat(call.request("/fail", "state", String.class)).isEqualTo("sorry");
			assertThatThrownBy(() -> call.request("/fail", "silent", String.class)).isInstanceOf(EOFException.class);
			assertThatThrownBy(() -> call.request("/fail", "checked", String.class)).isInstanceOfSatisfying(
					StreamReset.class, (reset) -> assertThat(reset.code()).hasValue(StreamProtocol.HANDLER_FAILED));
		});
	}

	@Test
	void exceptionHandlersSeeCheckedFailuresInTheirOrder() {
		Recorder recorder = new Recorder();
		this.runner.withUserConfiguration(Failing.class)
			.withBean("recorder", Libp2pExceptionHandler.class, () -> recorder)
			.run((context) -> with(context, (call) -> {
				assertThatThrownBy(() -> call.request("/fail", "checked", String.class))
					.isInstanceOf(StreamReset.class);
				assertThat(recorder.failures.poll(20, TimeUnit.SECONDS)).isInstanceOf(CloneNotSupportedException.class);
			}));
	}

	@Test
	void aHandlerThatTakesTooLongToGetItsMessageGivesUp() {
		this.runner.withPropertyValues("libp2p.streams.message-timeout=50ms")
			.withUserConfiguration(Plain.class)
			.run((context) -> with(context, (call) -> {
				try (Stream stream = call.peer.openStream(call.app, ProtocolPath.of("/text"))) {
					assertThatThrownBy(() -> {
						stream.outputStream().write(5);
						stream.outputStream().write('a');
						stream.inputStream().read();
					}).isInstanceOf(StreamReset.class);
				}
			}));
	}

	@Test
	void whatCannotBeServedStopsTheStart() {
		unsupported(TwoMessages.class, "more than one parameter");
		unsupported(Mixed.class, "mixes the bytes");
		unsupported(DatagramReply.class, "has no reply");
	}

	@Test
	void objectsNeedJacksonAndValidationNeedsAValidator() {
		MemoryApp.runner()
			.withUserConfiguration(Unvalidated.class)
			.run((context) -> assertThat(context).getFailure()
				.isInstanceOfSatisfying(UnsupportedHandlerException.class, (failure) -> assertThat(failure.action())
					.contains("org.springframework.boot:spring-boot-starter-jackson")));
		MemoryApp.runner()
			.withConfiguration(AutoConfigurations.of(JacksonAutoConfiguration.class))
			.withUserConfiguration(Deals.class)
			.run((context) -> assertThat(context).getFailure()
				.isInstanceOfSatisfying(UnsupportedHandlerException.class, (failure) -> assertThat(failure.action())
					.contains("org.springframework.boot:spring-boot-starter-validation")));
	}

	private void unsupported(Class<?> handler, String problem) {
		this.runner.withUserConfiguration(handler)
			.run((context) -> assertThat(context).getFailure()
				.isInstanceOfSatisfying(UnsupportedHandlerException.class, (failure) -> {
					assertThat(failure.handler()).contains(handler.getSimpleName()).contains("serve");
					assertThat(failure.problem()).contains(problem);
				}));
	}

	private void calls(Class<?> handlers, ThrowingConsumer<Caller> test) {
		this.runner.withUserConfiguration(handlers).run((context) -> {
			assertThat(context).hasNotFailed();
			with(context, test);
		});
	}

	private static void with(ApplicationContext context, ThrowingConsumer<Caller> test) throws Exception {
		try (Node peer = MemoryApp.peer()) {
			MessageCodec codec = context.getBean(MessageCodec.class);
			MessageCodec generous = new MessageCodec(codec.converters(), PayloadFormat.JSON, 4 << 20,
					java.time.Duration.ofSeconds(20));
			test.acceptWithException(new Caller(peer, MemoryApp.address(context), new Libp2pTemplate(peer, generous)));
		}
	}

	private static void refused(Caller call, String path, String message, long code) {
		assertThatThrownBy(() -> call.raw(path, message)).isInstanceOfSatisfying(StreamReset.class,
				(reset) -> assertThat(reset.code()).hasValue(code));
	}

	private static String prefixed(String text) {
		return (char) (text.length() & 0x7F | 0x80) + "" + (char) (text.length() >> 7) + text;
	}

	record Caller(Node peer, AddrInfo app, Libp2pTemplate template) {

		<T> T request(String path, Object body, Class<T> type) throws IOException {
			return this.template.request(this.app, path, body, type);
		}

		/** Each character is a byte. */
		String raw(String path, String bytes) throws IOException {
			try (Stream stream = this.peer.openStream(this.app, ProtocolPath.of(path))) {
				stream.outputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
				stream.closeWrite();
				return new String(stream.inputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
			}
		}

	}

	static class Recorder implements Libp2pExceptionHandler {

		private final BlockingQueue<Throwable> failures = new LinkedBlockingQueue<>();

		@Override
		public java.util.Optional<StreamReset> handle(Stream stream, Throwable failure) {
			this.failures.add(failure);
			return java.util.Optional.empty();
		}

	}

	static class Plain {

		static final BlockingQueue<String> notes = new LinkedBlockingQueue<>();

		@Libp2pProtocol("/bytes")
		byte[] reverse(byte[] message) {
			byte[] reversed = new byte[message.length];
			for (int index = 0; index < message.length; index++) {
				reversed[index] = message[message.length - 1 - index];
			}
			return reversed;
		}

		@Libp2pProtocol("/text")
		String upper(@Payload String message) {
			return message.toUpperCase(java.util.Locale.ROOT);
		}

		@Libp2pProtocol("/buffer")
		ByteBuffer same(ByteBuffer message) {
			return message;
		}

		@Libp2pProtocol("/protobuf")
		StringValue twice(StringValue message) {
			return StringValue.of(message.getValue() + message.getValue());
		}

		@Libp2pProtocol("/who")
		String who(PeerId id, AddrInfo info, Connection connection, String message) {
			return id + " " + info.id() + " " + connection.remotePeer();
		}

		@Libp2pProtocol("/raw/streams")
		void streams(InputStream in, OutputStream out, PeerId peer) throws IOException {
			in.transferTo(out);
		}

		@Libp2pProtocol("/raw/stream")
		void stream(Stream stream) throws IOException {
			stream.inputStream().transferTo(stream.outputStream());
		}

		@Libp2pProtocol("/hello")
		String hello() {
			return "hello";
		}

		@Libp2pProtocol("/note")
		void note(String message) {
			notes.add(message);
		}

		@Libp2pProtocol("/measure")
		void measure(Datagram datagram, @Payload Reply measured, PeerId from) {
			notes.add(measured.text() + " " + datagram.payload().remaining() + " " + from);
		}

	}

	record Deal(@NotBlank String item, @Positive int amount) {
	}

	record Reply(String text) {
	}

	static class Deals {

		@Libp2pProtocol("/deals/json")
		Reply json(@Payload @Valid Deal deal) {
			return new Reply(deal.amount() + " " + deal.item());
		}

		@Libp2pProtocol(value = "/deals/cbor", format = PayloadFormat.CBOR)
		Reply cbor(Deal deal) {
			return new Reply(deal.amount() + " " + deal.item());
		}

		@Libp2pProtocol("/deals/many")
		List<Reply> many(List<Deal> deals) {
			return deals.stream().map(this::json).toList();
		}

		@Libp2pProtocol("/deals/tree")
		String tree(Object tree) {
			return "read";
		}

	}

	static class Failing {

		@Libp2pProtocol("/fail")
		String fail(String how) throws Exception {
			throw switch (how) {
				case "argument" -> new IllegalArgumentException(how);
				case "state" -> new IllegalStateException(how);
				case "silent" -> new UnsupportedOperationException(how);
				default -> new CloneNotSupportedException(how);
			};
		}

		@MessageExceptionHandler
		StreamReset refuse(IllegalArgumentException ex, PeerId peer) {
			return StreamReset.local(7, "refused " + peer);
		}

		@MessageExceptionHandler
		String apologise(IllegalStateException ex) {
			return "sorry";
		}

		@MessageExceptionHandler
		void end(UnsupportedOperationException ex) {
		}

	}

	static class TwoMessages {

		@Libp2pProtocol("/bad")
		String serve(String one, String two) {
			return one + two;
		}

	}

	static class Mixed {

		@Libp2pProtocol("/bad")
		String serve(InputStream in) {
			return "";
		}

	}

	static class DatagramReply {

		@Libp2pProtocol("/bad")
		String serve(Datagram datagram) {
			return "";
		}

	}

	static class Unvalidated {

		@Libp2pProtocol("/object")
		void serve(Reply reply) {
		}

	}

}

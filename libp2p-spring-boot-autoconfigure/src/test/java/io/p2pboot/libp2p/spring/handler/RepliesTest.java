package io.p2pboot.libp2p.spring.handler;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import com.google.protobuf.MessageLite;
import com.google.protobuf.StringValue;
import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.StreamProtocol;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.autoconfigure.MemoryApp;
import io.p2pboot.libp2p.spring.Libp2pProtocol;
import io.p2pboot.libp2p.spring.Libp2pTemplate;
import io.p2pboot.libp2p.spring.payload.MessageCodec;
import io.p2pboot.libp2p.spring.payload.PayloadConverter;
import io.p2pboot.libp2p.spring.payload.PayloadFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.messaging.handler.annotation.MessageExceptionHandler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * What a method returns is written as what it is, whatever the method declares.
 */
@Timeout(60)
@ExtendWith(OutputCaptureExtension.class)
class RepliesTest {

	/** A path, and the reply. */
	private static final String EXPECTED = """
			/animal/interface | {"name":"Rex","tricks":2}
			/animal/superclass | {"name":"Rex","tricks":2}
			/animal/object | {"name":"Rex","tricks":2}
			/animal/list | [{"name":"Rex","tricks":2}]
			/animal/wildcards | [{"name":"Rex","tricks":2}]
			/animal/iterable | [{"name":"Rex","tricks":2}]
			/animal/array | [{"name":"Rex","tricks":2}]
			/animal/map | {"a":{"name":"Rex","tricks":2}}
			/animal/optional | {"name":"Rex","tricks":2}
			/animal/none | null
			/animal/nested | {"a":[{"name":"Rex","tricks":2}]}
			/animal/herd | [{"name":"Rex","tricks":2}]
			/animal/box | {"content":{"name":"Rex","tricks":2}}
			/animal/hidden | {"name":"Rex","tricks":2}
			/shape/superclass | {"kind":"circle","radius":2}
			/shape/object | {"kind":"circle","radius":2}
			/shape/list | [{"kind":"circle","radius":2}]
			/shape/array | [{"kind":"circle","radius":2}]
			/shape/map | {"a":{"kind":"circle","radius":2}}
			/shape/optional | {"kind":"circle","radius":2}
			/shape/drawing | [{"kind":"circle","radius":2}]
			/shape/untyped | [{"kind":"circle","radius":2}]
			/shape/box | {"content":{"kind":"circle","radius":2},"label":"a"}
			/shape/page | {"items":[{"kind":"circle","radius":2}]}
			/generic/list | [{"kind":"circle","radius":2}]
			/generic/one | {"kind":"circle","radius":2}
			/other/int | 7
			/other/integer | 7
			/other/enum | "EVEN"
			/other/text | text
			/other/objecttext | text
			/other/buffer | bytes
			/other/bytes | bytes
			""";

	private final ApplicationContextRunner runner = MemoryApp.runner()
		.withConfiguration(AutoConfigurations.of(JacksonAutoConfiguration.class))
		.withUserConfiguration(Zoo.Animals.class, Zoo.Shapes.class, Zoo.Generics.class, Others.class);

	@Test
	void aReplyIsWrittenAsWhatItIs() {
		calls((call) -> {
			for (String line : EXPECTED.lines().toList()) {
				String[] row = line.split(" \\| ");
				assertThat(call.text(row[0])).as(row[0]).isEqualTo(row[1]);
			}
		});
	}

	@Test
	void aProtobufMessageThatIsDeclaredAsOneOfAnyKindIsWrittenAsItself() {
		calls((call) -> assertThat(call.template.request(call.app, "/other/protobuf", "", StringValue.class).getValue())
			.isEqualTo("wire"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "/other/reset", "/other/objectreset", "/other/mapped", "/other/bytesreset" })
	void aResetThatIsReturnedResetsTheStreamWithItsCode(String path) {
		calls((call) -> assertThatExceptionOfType(StreamReset.class).isThrownBy(() -> call.text(path))
			.satisfies((reset) -> assertThat(reset.code()).hasValue(77)));
	}

	@Test
	void aMethodThatReturnsNoResetEndsTheStreamWithoutAReply() {
		calls((call) -> assertThat(MemoryApp.exchange(call.peer, call.app, "/other/noreset", "\u0001a")).isEmpty());
	}

	@ParameterizedTest
	@ValueSource(strings = { "/failure/object", "/failure/list", "/failure/map", "/failure/array", "/failure/field",
			"/failure/optional", "/failure/resets" })
	void anExceptionNeverTravelsWhereverItStands(String path, CapturedOutput output) {
		this.runner.withUserConfiguration(Leaking.class)
			.run((context) -> with(MemoryApp.address(context), context.getBean(MessageCodec.class),
					(call) -> assertThatExceptionOfType(StreamReset.class).isThrownBy(() -> call.text(path))
						.satisfies((reset) -> assertThat(reset.code()).hasValue(StreamProtocol.HANDLER_FAILED))));
		assertThat(output).contains("never travels as a message").contains(path);
	}

	@Test
	void theTemplateSendsNeitherAnExceptionNorNull() {
		calls((call) -> {
			assertThatIllegalArgumentException().isThrownBy(() -> call.template.send(call.app, "/other/text", null))
				.withMessageContaining("null");
			assertThatIllegalArgumentException()
				.isThrownBy(() -> call.template.send(call.app, "/other/text", new IllegalStateException("secret")))
				.withMessageContaining("never travels");
			assertThatExceptionOfType(IOException.class)
				.isThrownBy(() -> call.template.send(call.app, "/other/text", List.of(new IllegalStateException("x"))))
				.withMessageContaining("never travels");
		});
	}

	@Test
	void aPrimitiveIsReadAndWritten() {
		calls((call) -> assertThat(call.template.request(call.app, "/other/int", "", int.class)).isEqualTo(7));
	}

	@Test
	void aReplyThatIsNullOrTooLongNamesItsMethod(CapturedOutput output) {
		this.runner.withPropertyValues("libp2p.streams.max-message-size=100B")
			.run((context) -> with(MemoryApp.address(context), context.getBean(MessageCodec.class), (call) -> {
				assertThatExceptionOfType(StreamReset.class).isThrownBy(() -> call.text("/other/null"));
				assertThatExceptionOfType(StreamReset.class).isThrownBy(() -> call.text("/other/long"))
					.satisfies((reset) -> assertThat(reset.code()).hasValue(StreamProtocol.HANDLER_FAILED));
			}));
		assertThat(output).contains("method nothing(String) of bean", "returned null instead of a reply")
			.contains("The reply of method tooLong(String) of bean", "101");
	}

	@Test
	void anExceptionHandlersReplyHasTheFormatOfItsMethods() {
		this.runner.withUserConfiguration(InCbor.class)
			.run((context) -> with(MemoryApp.address(context), context.getBean(MessageCodec.class),
					(call) -> assertThat(
							call.template.withFormat(PayloadFormat.CBOR).request(call.app, "/cbor", "a", Zoo.Dog.class))
						.isEqualTo(new Zoo.Dog("Sorry", 0))));
	}

	@Test
	void anExceptionHandlerThatCannotBeCalledStopsTheStart() {
		this.runner.withUserConfiguration(BadAnswer.class)
			.run((context) -> assertThat(context).getFailure()
				.isInstanceOfSatisfying(UnsupportedHandlerException.class,
						(failure) -> assertThat(failure).hasMessageContaining("method answer(RuntimeException, String)")
							.hasMessageContaining("takes a String")));
		this.runner.withUserConfiguration(LeakingAnswer.class)
			.run((context) -> assertThat(context).getFailure()
				.isInstanceOfSatisfying(UnsupportedHandlerException.class,
						(failure) -> assertThat(failure).hasMessageContaining("method answer(RuntimeException)")
							.hasMessageContaining("never travels")));
	}

	@Test
	void aConverterOfTheApplicationComesBeforeTheBuiltInOnes() {
		this.runner.withBean("shouting", PayloadConverter.class, Shouting::new)
			.run((context) -> with(MemoryApp.address(context), context.getBean(MessageCodec.class),
					(call) -> assertThat(call.text("/animal/interface")).isEqualTo("REX")));
	}

	private void calls(Calls test) {
		this.runner.run((context) -> {
			assertThat(context).hasNotFailed();
			with(MemoryApp.address(context), context.getBean(MessageCodec.class), test);
		});
	}

	private static void with(AddrInfo app, MessageCodec codec, Calls test) throws Exception {
		try (Node peer = MemoryApp.peer()) {
			test.run(new Caller(peer, app, new Libp2pTemplate(peer, codec)));
		}
	}

	@FunctionalInterface
	interface Calls {

		void run(Caller caller) throws Exception;

	}

	record Caller(Node peer, AddrInfo app, Libp2pTemplate template) {

		String text(String path) throws IOException {
			return this.template.request(this.app, path, "ask", String.class);
		}

	}

	enum Parity {

		EVEN {

			@Override
			int rest() {
				return 0;
			}

		};

		abstract int rest();

	}

	static class Others {

		@Libp2pProtocol("/other/int")
		int number(String ask) {
			return 7;
		}

		@Libp2pProtocol("/other/integer")
		Number boxed(String ask) {
			return 7;
		}

		@Libp2pProtocol("/other/enum")
		Parity parity(String ask) {
			return Parity.EVEN;
		}

		@Libp2pProtocol("/other/text")
		CharSequence text(String ask) {
			return new StringBuilder("text");
		}

		@Libp2pProtocol("/other/objecttext")
		Object objectText(String ask) {
			return "text";
		}

		@Libp2pProtocol("/other/buffer")
		Object buffer(String ask) {
			return ByteBuffer.wrap("bytes".getBytes());
		}

		@Libp2pProtocol("/other/bytes")
		Object bytes(String ask) {
			return "bytes".getBytes();
		}

		@Libp2pProtocol("/other/protobuf")
		MessageLite protobuf(String ask) {
			return StringValue.of("wire");
		}

		@Libp2pProtocol("/other/reset")
		StreamReset reset(String ask) {
			return StreamReset.local(77, "as asked");
		}

		@Libp2pProtocol("/other/bytesreset")
		StreamReset bytesReset(io.p2pboot.libp2p.Stream stream) {
			return StreamReset.byRemote(77);
		}

		@Libp2pProtocol("/other/objectreset")
		Object objectReset(String ask) {
			return StreamReset.local(77, "as asked");
		}

		@Libp2pProtocol("/other/mapped")
		String mapped(String ask) {
			throw new IllegalArgumentException("to be mapped");
		}

		@Libp2pProtocol("/other/noreset")
		StreamReset noReset(String ask) {
			return null;
		}

		@Libp2pProtocol("/other/null")
		String nothing(String ask) {
			return null;
		}

		@Libp2pProtocol("/other/long")
		String tooLong(String ask) {
			return "x".repeat(101);
		}

		@MessageExceptionHandler
		Object map(IllegalArgumentException ex) {
			return StreamReset.local(77, "mapped");
		}

	}

	record Outcome(String name, Object failure) {
	}

	static class Leaking {

		private final IllegalStateException failure = new IllegalStateException("secret of this application");

		@Libp2pProtocol("/failure/object")
		Object object(String ask) {
			return this.failure;
		}

		@Libp2pProtocol("/failure/list")
		List<Object> list(String ask) {
			return List.of("a", this.failure);
		}

		@Libp2pProtocol("/failure/map")
		Map<String, Object> map(String ask) {
			return Map.of("a", List.of(this.failure));
		}

		@Libp2pProtocol("/failure/array")
		Object[] array(String ask) {
			return new Object[] { this.failure };
		}

		@Libp2pProtocol("/failure/field")
		Outcome field(String ask) {
			return new Outcome("a", this.failure);
		}

		@Libp2pProtocol("/failure/optional")
		Optional<?> optional(String ask) {
			return Optional.of(this.failure);
		}

		@Libp2pProtocol("/failure/resets")
		List<Object> resets(String ask) {
			return List.of(StreamReset.local(1, "in a list"));
		}

	}

	static class InCbor {

		@Libp2pProtocol(value = "/cbor", format = PayloadFormat.CBOR)
		Zoo.Animal fail(String ask) {
			throw new IllegalStateException("on purpose");
		}

		@MessageExceptionHandler
		Zoo.Animal sorry(IllegalStateException ex) {
			return new Zoo.Dog("Sorry", 0);
		}

	}

	static class BadAnswer {

		@Libp2pProtocol("/bad")
		void serve(String ask) {
		}

		@MessageExceptionHandler
		String answer(RuntimeException ex, String ask) {
			return ask;
		}

	}

	static class LeakingAnswer {

		@Libp2pProtocol("/bad")
		void serve(String ask) {
		}

		@MessageExceptionHandler
		RuntimeException answer(RuntimeException ex) {
			return ex;
		}

	}

	/** Knows animals, by the type that is declared. */
	static class Shouting implements PayloadConverter {

		@Override
		public boolean supports(java.lang.reflect.Type type, PayloadFormat format) {
			return type == Zoo.Animal.class;
		}

		@Override
		public Object decode(ByteBuffer message, java.lang.reflect.Type type) {
			throw new UnsupportedOperationException();
		}

		@Override
		public ByteBuffer encode(Object value, java.lang.reflect.Type type) {
			return ByteBuffer.wrap(((Zoo.Dog) value).name().toUpperCase(java.util.Locale.ROOT).getBytes());
		}

	}

}

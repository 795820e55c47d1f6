package io.p2pboot.libp2p.spring.payload;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

import io.p2pboot.libp2p.ProtocolPath;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class TraceContextsTest {

	@Test
	void fieldsArriveAsTheyAreWhateverTheCaseOfTheirNames() throws Exception {
		Map<String, String> fields = new LinkedHashMap<>();
		fields.put("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
		fields.put("tracestate", "");
		fields.put("X-B3-Sampled", "1");
		Map<String, String> read = TraceContexts.decode(TraceContexts.encode(fields));
		assertThat(read).hasSize(3)
			.containsEntry("traceparent", fields.get("traceparent"))
			.containsEntry("tracestate", "");
		assertThat(read.get("x-b3-sampled")).isEqualTo("1");
		assertThat(TraceContexts.decode(TraceContexts.encode(Map.of()))).isEmpty();
	}

	@Test
	void thePathOfTheHandlerIsFoundBehindEachSuffix() {
		ProtocolPath path = ProtocolPath.of("/deals/1.0.0");
		assertThat(TraceContexts.without(TraceContexts.with(path))).isEqualTo(path);
		assertThat(TraceContexts.without(ErrorBodies.without(ErrorBodies.with(TraceContexts.with(path)))))
			.isEqualTo(path);
		assertThat(TraceContexts.without(ErrorBodies.without(path))).isEqualTo(path);
		assertThat(TraceContexts.without(ProtocolPath.of(TraceContexts.SUFFIX))).hasToString(TraceContexts.SUFFIX);
	}

	@Test
	void whatDoesNotFitIsLeftOutAndTheRestGoes() throws Exception {
		Map<String, String> fields = new LinkedHashMap<>();
		fields.put("a", "1");
		fields.put("baggage", "x".repeat(TraceContexts.MAX_BYTES));
		fields.put("newline", "a\nb");
		fields.put("umlaut", "ö");
		fields.put("z", "2");
		assertThat(TraceContexts.decode(TraceContexts.encode(fields))).isEqualTo(Map.of("a", "1", "z", "2"));
	}

	@Test
	void fieldsFillTheBoundAndOneByteMoreIsLeftOut() throws Exception {
		// A byte for the name, one for its length, two for the length of the value.
		String longest = "x".repeat(TraceContexts.MAX_BYTES - 4);
		assertThat(TraceContexts.encode(Map.of("a", longest)).remaining()).isEqualTo(TraceContexts.MAX_BYTES);
		assertThat(TraceContexts.decode(TraceContexts.encode(Map.of("a", longest)))).containsEntry("a", longest);
		assertThat(TraceContexts.encode(Map.of("a", longest + "x")).remaining()).isZero();
	}

	@Test
	void asManyFieldsAsAllowedAreReadAndOneMoreIsNot() throws Exception {
		assertThat(TraceContexts.decode(fields(TraceContexts.MAX_FIELDS))).hasSize(TraceContexts.MAX_FIELDS);
		assertThatExceptionOfType(UnreadableMessage.class)
			.isThrownBy(() -> TraceContexts.decode(fields(TraceContexts.MAX_FIELDS + 1)))
			.withMessageContaining("32");
		Map<String, String> many = new LinkedHashMap<>();
		for (int index = 0; index <= TraceContexts.MAX_FIELDS; index++) {
			many.put("f" + index, "v");
		}
		assertThat(TraceContexts.decode(TraceContexts.encode(many))).hasSize(TraceContexts.MAX_FIELDS);
	}

	private static ByteBuffer fields(int count) {
		ByteBuffer body = ByteBuffer.allocate(count * 5);
		for (int index = 0; index < count; index++) {
			body.put((byte) 2).put((byte) ('a' + index % 26)).put((byte) ('a' + index / 26));
			body.put((byte) 1).put((byte) 'v');
		}
		return body.flip();
	}

	@ParameterizedTest
	@ValueSource(strings = { "\u0001", "\u0001a", "\u0001a\u0002b", "\u0080", "\u0001a\u0001\n", "\u0001\u001b\u0001b",
			"\u0001a\u0001\u00e9", "\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u007fa" })
	void whatIsNoTraceContextIsRefused(String body) {
		assertThatExceptionOfType(UnreadableMessage.class)
			.isThrownBy(() -> TraceContexts.decode(ByteBuffer.wrap(body.getBytes(StandardCharsets.ISO_8859_1))));
	}

	@Test
	void aContextThatIsCutAnywhereWithinAFieldIsRefused() {
		ByteBuffer whole = TraceContexts.encode(Map.of("traceparent", "00-1-2-01"));
		for (int length = 1; length < whole.remaining(); length++) {
			ByteBuffer cut = whole.slice(0, length);
			assertThatExceptionOfType(UnreadableMessage.class).isThrownBy(() -> TraceContexts.decode(cut));
		}
	}

}

package io.p2pboot.libp2p.interop;

import java.time.Duration;
import java.util.Map;

import io.p2pboot.libp2p.guard.Nightly;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Scenarios S1 to S5: what a stream does on any connection.
 */
abstract class StreamSuite extends PairSuite {

	private static final Duration EVENT = Duration.ofSeconds(15);

	static final int MEBIBYTE = 1 << 20;

	@Test
	void hundredPingsOnEachOfTwoStreams() {
		fromEachSide((from, to) -> {
			int streams = Quirks.pingStreams(from, to);
			JsonNode times = ask(from, to, "ping", Map.of("n", 100, "concurrency", streams, "timeout", 30_000))
				.path("ms");
			assertThat(times.size()).isEqualTo(100 * streams);
		});
	}

	@ParameterizedTest
	@ValueSource(longs = { 1, MEBIBYTE })
	void perfSendsAndReceives(long bytes) {
		fromEachSide((from, to) -> perf(from, to, bytes));
	}

	@Test
	void perfSendsAndReceivesFarMoreThanAWindow() {
		fromEachSide((from, to) -> perf(from, to, Nightly.nightOrDay(256, 64) * (long) MEBIBYTE));
	}

	private static void perf(StartedPeer from, StartedPeer to, long bytes) {
		JsonNode perf = ask(from, to, "perf", Map.of("up", bytes, "down", bytes, "timeout", 120_000));
		assertThat(perf.path("up").asLong()).isEqualTo(bytes);
		assertThat(perf.path("down").asLong()).isEqualTo(bytes);
	}

	@Test
	void aLargeEchoIsEqual() {
		fromEachSide((from, to) -> echo(from, to, 20 * MEBIBYTE, 1 << 16));
	}

	@Test
	void oneWriteOfTwentyMebibytesIsEqual() {
		fromEachSide((from, to) -> echo(from, to, 20 * MEBIBYTE, 20 * MEBIBYTE));
	}

	@Test
	void writesOfOneByteAreEqual() {
		fromEachSide((from, to) -> echo(from, to, 5_000, 1));
	}

	@Test
	void anEmptyEchoEnds() {
		fromEachSide((from, to) -> echo(from, to, 0, 1));
	}

	static void echo(StartedPeer from, StartedPeer to, int size, int chunk) {
		JsonNode echo = ask(from, to, "echo", Map.of("size", size, "chunk", chunk, "timeout", 60_000));
		assertThat(echo.path("n").asInt()).isEqualTo(size);
		assertThat(echo.path("equal").asBoolean()).isTrue();
	}

	@ParameterizedTest
	@ValueSource(strings = { "remote", "local" })
	void aStreamHalfClosedByEitherSideCarriesTheOtherHalf(String first) {
		fromEachSide((from, to) -> {
			JsonNode half = ask(from, to, "half", Map.of("size", 300_000, "order", first));
			assertThat(half.path("got").stringValue()).isEqualTo("bye");
			JsonNode event = event(to, "half", from);
			assertThat(event.path("n").asInt()).isEqualTo(300_000);
			assertThat(event.path("equal").asBoolean()).isTrue();
			assertThat(event.path("end").stringValue()).isEqualTo("eof");
		});
	}

	@Test
	void aResetBySomeoneElseIsSeenAsOne() {
		fromEachSide((from, to) -> {
			JsonNode reset = ask(from, to, "reset", Map.of("size", 100_000, "by", "remote"));
			assertThat(reset.path("saw").stringValue()).isEqualTo(Quirks.resetSeenBy(from, to, pair()));
			assertThat(event(to, "reset", from).path("end").stringValue()).isEqualTo("local");
			echo(from, to, 1000, 1000);
		});
	}

	@Test
	void aResetByTheOpenerReachesTheHandler() {
		fromEachSide((from, to) -> {
			ask(from, to, "reset", Map.of("size", 100_000, "by", "local"));
			assertThat(event(to, "reset", from).path("end").stringValue())
				.isEqualTo(Quirks.resetSeenBy(to, from, pair()));
			echo(from, to, 1000, 1000);
		});
	}

	static JsonNode event(StartedPeer at, String name, StartedPeer from) {
		return at.peer()
			.awaitEvent(name, (event) -> event.path("peer").asString().equals(from.id()), EVENT)
			.orElseThrow(() -> new AssertionError(at.peer().stack() + " told no event " + name));
	}

}

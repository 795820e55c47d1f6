package io.p2pboot.libp2p.interop;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

import io.p2pboot.libp2p.guard.Nightly;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Scenarios S1 to S8: streams on one connection.
 */
abstract class StreamScenarios extends StreamSuite {

	@Test
	void thousandsOfStreamsOneAfterTheOther() {
		// By day too, more than any stack allows at once.
		int count = Nightly.nightOrDay(10_000, pair().has(Stacks.JS) ? 1_000 : 3_000);
		fromEachSide((from, to) -> {
			JsonNode many = ask(from, to, "echoMany",
					Map.of("count", count, "size", 1, "concurrency", 1, "timeout", 150_000));
			assertThat(many.path("errors")).isEmpty();
			assertThat(many.path("passed").asInt()).isEqualTo(count);
		});
	}

	@Test
	void manyStreamsAtOnce() {
		fromEachSide((from, to) -> {
			JsonNode many = ask(from, to, "echoMany",
					Map.of("count", 1_000, "size", 10_000, "concurrency", 50, "timeout", 60_000));
			assertThat(many.path("errors")).isEmpty();
			assertThat(many.path("passed").asInt()).isEqualTo(1_000);
		});
	}

	@Test
	void manyStreamsAreHeldOpen() {
		fromEachSide((from, to) -> {
			int count = Quirks.heldStreams(pair());
			JsonNode held = ask(from, to, "hold", Map.of("count", count, "timeout", 30_000));
			assertThat(held.path("errors")).isEmpty();
			assertThat(held.path("opened").asInt()).isEqualTo(count);
			JsonNode streams = to.awaitConnections(from).get(0).path("streams");
			assertThat(streams.isNull() || streams.asInt() >= count).as("%s says %s", to.peer().stack(), streams)
				.isTrue();
			assertThat(ask(from, to, "release", Map.of("timeout", 30_000)).path("closed").asInt()).isEqualTo(count);
		});
	}

	@Test
	void aSlowReaderHoldsUpItsOwnStreamOnly() {
		fromEachSide((from, to) -> {
			CompletableFuture<JsonNode> slow = from.peer()
				.send("slow", about(to, Map.of("size", 64 * MEBIBYTE, "ms", 2_000)));
			echo(from, to, 4 * MEBIBYTE, 1 << 16);
			assertThat(slow).succeedsWithin(Duration.ofSeconds(20)).satisfies((result) -> {
				if (Quirks.holdsUpSenders(to)) {
					assertThat(result.path("done").asBoolean()).isFalse();
					assertThat(result.path("written").asLong()).isBetween(1L, 20L * MEBIBYTE);
				}
			});
			if (Quirks.hearsOfResetsAtOnce(to, from, pair())) {
				assertThat(event(to, "slow", from).path("end").stringValue()).isEqualTo("reset");
			}
		});
	}

	@Test
	void aProtocolThatNobodyServesIsRefused() {
		fromEachSide((from, to) -> {
			assertThat(from.failure("unsupported", about(to, Map.of()))).isEqualTo("protocol");
			String longest = "/" + "x".repeat(1022);
			assertThat(from.failure("propose", about(to, Map.of("protos", List.of(longest))))).isEqualTo("protocol");
			echo(from, to, 1000, 1000);
		});
	}

	@Test
	void theFirstProtocolThatIsServedIsChosen() {
		fromEachSide((from, to) -> {
			List<String> proposed = List.of("/lip/none/2.0.0", "/lip/none/1.0.0", "/lip/echo/1.0.0", "/lip/sink/1.0.0");
			assertThat(ask(from, to, "propose", Map.of("protos", proposed)).path("proto").stringValue())
				.isEqualTo("/lip/echo/1.0.0");
			echo(from, to, 1000, 1000);
		});
	}

	@Test
	void bytesAreCountedAndHashedAlike() {
		fromEachSide((from, to) -> {
			JsonNode sink = ask(from, to, "sink", Map.of("size", 10_000_019, "timeout", 60_000));
			assertThat(sink.path("equal").asBoolean()).isTrue();
			JsonNode event = event(to, "sink", from);
			assertThat(event.path("n").asInt()).isEqualTo(10_000_019);
			assertThat(event.path("equal").asBoolean()).isTrue();
		});
	}

}

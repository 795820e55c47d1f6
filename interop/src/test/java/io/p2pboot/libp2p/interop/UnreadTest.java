package io.p2pboot.libp2p.interop;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.netty.buffer.PooledByteBufAllocator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Honest peers that send as much as our windows allow to handlers that read slowly: none
 * of their streams is reset, and streams that are read well do not wait for the others.
 * With {@code -Dinterop.whole=true} in the sizes that users have.
 */
@Timeout(value = 240, unit = TimeUnit.SECONDS)
class UnreadTest {

	private static final boolean WHOLE = Boolean.getBoolean("interop.whole");

	private static final String SLOW = "/lip/slow/1.0.0";

	private static final String SINK = "/lip/sink/1.0.0";

	private static final int WINDOW = 256 * 1024;

	private static final int GROWTH_BYTES = 64 << 20;

	private static final int PATIENCE_MILLIS = 180_000;

	private static final Pattern PORT = Pattern.compile("/tcp/(\\d+)/");

	/** A listener of ours and a dialer, with a path between them. */
	private static final class Ends implements AutoCloseable {

		private final StartedPeer listener;

		private final StartedPeer dialer;

		private final @Nullable DelayedPath path;

		Ends(String sender, int roundTripMillis) {
			this(sender, roundTripMillis, "noise");
		}

		Ends(String sender, int roundTripMillis, String security) {
			Stacks.require(sender);
			Stacks.require(Stacks.JAVA);
			this.listener = StartedPeer.start(Stacks.JAVA, new Pair(sender, Stacks.JAVA, security).layers());
			this.dialer = StartedPeer.start(sender, new Pair(sender, Stacks.JAVA, security).layers());
			String address = this.listener.address();
			DelayedPath path = null;
			if (roundTripMillis > 0) {
				Matcher port = PORT.matcher(address);
				assertThat(port.find()).isTrue();
				path = DelayedPath.to(Integer.parseInt(port.group(1)), Duration.ofMillis(roundTripMillis));
				address = port.replaceFirst("/tcp/" + path.port() + "/");
			}
			this.path = path;
			this.dialer.dial(address);
			PairSuite.ask(this.dialer, this.listener, "peerInfo", Map.of());
		}

		JsonNode echoes(int count, int size) {
			return PairSuite.ask(this.dialer, this.listener, "echoMany",
					Map.of("count", count, "size", size, "concurrency", count, "timeout", PATIENCE_MILLIS));
		}

		CompletableFuture<JsonNode> uploads(String proto, int count, int size) {
			return this.dialer.peer()
				.send("uploadMany", PairSuite.about(this.listener,
						Map.of("proto", proto, "count", count, "size", size, "timeout", PATIENCE_MILLIS)));
		}

		void awaitStreams(int count) {
			for (int streams = 0; streams < count;) {
				streams = this.listener.connections(this.dialer).get(0).path("streams").asInt();
			}
		}

		@Override
		public void close() {
			this.dialer.close();
			this.listener.close();
			if (this.path != null) {
				this.path.close();
			}
		}

	}

	private static void assertAllPassed(JsonNode many, int count) {
		assertThat(many.path("errors")).isEmpty();
		assertThat(many.path("failed").asInt()).isZero();
		assertThat(many.path("passed").asInt()).isEqualTo(count);
	}

	private static void assertAllPassed(CompletableFuture<JsonNode> many, int count) {
		assertAllPassed(many.orTimeout(PATIENCE_MILLIS, TimeUnit.MILLISECONDS).join(), count);
	}

	@ParameterizedTest
	@CsvSource({ "go, 0, noise", "go, 400, noise", "java, 400, noise", "go, 0, quic-v1", "java, 0, quic-v1" })
	void wellReadStreamsAreAsFastBesideSlowOnes(String sender, int roundTripMillis, String security) {
		int slow = 60;
		int size = WHOLE ? 1_500_000 : 1_000_000;
		int fast = 20;
		long before = PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory();
		try (Ends ends = new Ends(sender, roundTripMillis, security)) {
			ends.echoes(fast, 1 << 20);
			double aloneMillis = ends.echoes(fast, 1 << 20).path("ms").asDouble();
			CompletableFuture<JsonNode> uploads = ends.uploads(SLOW, slow, size);
			ends.awaitStreams(slow);
			JsonNode beside = ends.echoes(fast, 1 << 20);
			assertThat(uploads).as("the slow ones go on meanwhile").isNotDone();
			long held = PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory() - before;
			assertAllPassed(beside, fast);
			assertAllPassed(uploads, slow);
			double besideMillis = beside.path("ms").asDouble();
			System.out.printf(
					"UnreadTest: %s, %s, %d ms: %d echoes alone %.0f ms, beside %d slow streams %.0f ms, held %d%n",
					sender, security, roundTripMillis, fast, aloneMillis, slow, besideMillis, held);
			// At the pace of the slow ones it would be ten seconds.
			assertThat(besideMillis).isLessThan(3 * aloneMillis + 1_000);
			assertThat(held).isLessThan((long) (slow + fast) * WINDOW + GROWTH_BYTES);
		}
	}

	@ParameterizedTest
	@CsvSource({ "go, 0", "go, 400" })
	void fortySlowReadersLoseNothing(String sender, int roundTripMillis) { // row 20
		try (Ends ends = new Ends(sender, roundTripMillis)) {
			assertAllPassed(ends.uploads(SLOW, 40, WHOLE ? 1_500_000 : 350_000), 40);
		}
	}

	@ParameterizedTest
	@CsvSource({ "go, 0", "go, 400", "java, 0" })
	void twoHundredUploadsLoseNothing(String sender, int roundTripMillis) { // row 20
		try (Ends ends = new Ends(sender, roundTripMillis)) {
			assertAllPassed(ends.uploads(SINK, 200, WHOLE ? 5_000_000 : 1_000_000), 200);
		}
	}

	@ParameterizedTest
	@ValueSource(ints = { 0, 400 })
	void firstWindowsThatAreReadSlowlyLoseNothing(int roundTripMillis) { // row 20
		int streams = WHOLE ? 1000 : 300;
		try (Ends ends = new Ends(Stacks.GO, roundTripMillis)) {
			assertAllPassed(ends.uploads(SLOW, streams, WINDOW), streams);
		}
	}

	/** As many as these stacks open for one protocol. */
	@ParameterizedTest
	@CsvSource({ "rust, 200", "js, 60" })
	void uploadsOfOtherStacksLoseNothing(String sender, int count) { // row 20
		try (Ends ends = new Ends(sender, 0)) {
			List<CompletableFuture<JsonNode>> uploads = new ArrayList<>();
			for (int index = 0; index < count; index++) {
				uploads.add(ends.dialer.peer()
					.send("sink",
							PairSuite.about(ends.listener, Map.of("size", 1_000_000, "timeout", PATIENCE_MILLIS))));
			}
			for (CompletableFuture<JsonNode> upload : uploads) {
				JsonNode answer = upload.orTimeout(PATIENCE_MILLIS, TimeUnit.MILLISECONDS).join();
				assertThat(answer.path("equal").asBoolean()).isTrue();
			}
		}
	}

}

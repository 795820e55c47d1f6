package io.p2pboot.libp2p.interop;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import io.p2pboot.libp2p.crypto.PrivateKey;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A listener is killed and started again with its key on its port: what a peer sends to
 * it fails at once, not after the idle timeout of 30 s (RFC 9000 section 10.3).
 */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class RestartTest {

	/** A round trip, on a loaded machine. */
	private static final Duration SOON = Duration.ofSeconds(3);

	static Stream<Pair> pairs() {
		// Rust makes its tokens from a key of each start, so that nobody knows them
		// again.
		return Pair.quic()
			.filter((pair) -> pair.has(Stacks.JAVA) && !pair.has(Stacks.JS) && !pair.listener().equals(Stacks.RUST));
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("pairs")
	void streamsToAPeerThatWasRestartedFailAtOnce(Pair pair) {
		pair.require();
		String key = hex(PrivateKey.generate().encoded());
		try (StartedPeer dialer = StartedPeer.start(pair.dialer(), pair.layers());
				StartedPeer listener = start(pair, key, "/ip4/127.0.0.1/udp/0/quic-v1")) {
			dialer.dial(listener);
			CompletableFuture<JsonNode> sending = dialer.peer()
				.send("slow", PairSuite.about(listener, Map.of("size", 1 << 30, "ms", 60_000, "timeout", 60_000)));
			assertThat(PairSuite.ask(dialer, listener, "echo", Map.of("size", 1000)).path("equal").asBoolean())
				.isTrue();
			String address = listener.address().replace("/p2p/" + listener.id(), "");
			listener.peer().kill();
			try (StartedPeer again = start(pair, key, address)) {
				assertThat(again.id()).isEqualTo(listener.id());
				// What hears nothing asks less and less often; this is sent at once.
				dialer.peer().send("echo", PairSuite.about(listener, Map.of("size", 1000, "timeout", 20_000)));
				assertThat(sending).failsWithin(SOON).withThrowableOfType(ExecutionException.class);
				assertThat(dialer.peer()
					.awaitEvent("connClose", (event) -> event.path("peer").asString().equals(listener.id()), SOON))
					.isPresent();
			}
		}
	}

	private static StartedPeer start(Pair pair, String key, String address) {
		return StartedPeer.start(Stacks.launchProcess(pair.listener()),
				Map.of("key", key, "transports", List.of("quic-v1"), "listen", List.of(address)));
	}

	private static String hex(ByteBuffer bytes) {
		byte[] copy = new byte[bytes.remaining()];
		bytes.duplicate().get(copy);
		return HexFormat.of().formatHex(copy);
	}

}

package io.p2pboot.libp2p.interop;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import io.p2pboot.libp2p.interop.driver.Peer;
import io.p2pboot.libp2p.interop.driver.PeerFailure;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Scenario C2: how connections end.
 */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class EndTest {

	private static final Duration NOTICED = Duration.ofSeconds(30);

	@ParameterizedTest(name = "{0}")
	@MethodSource("io.p2pboot.libp2p.interop.Pair#all")
	void aPeerThatClosesWhileItReceivesIsNoticed(Pair pair) {
		endsWhileStreaming(pair, Peer::close);
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("io.p2pboot.libp2p.interop.Pair#all")
	void aPeerThatIsKilledWhileItReceivesIsNoticed(Pair pair) {
		endsWhileStreaming(pair, Peer::kill);
	}

	private static void endsWhileStreaming(Pair pair, Consumer<Peer> ending) {
		pair.require();
		try (StartedPeer listener = StartedPeer.start(pair.listener(), pair.security());
				StartedPeer dialer = StartedPeer.start(pair.dialer(), pair.security())) {
			dialer.dial(listener);
			CompletableFuture<JsonNode> sending = dialer.peer()
				.send("slow", PairSuite.about(listener, Map.of("size", 1 << 30, "ms", 60_000, "timeout", 60_000)));
			assertThat(PairSuite.ask(dialer, listener, "echo", Map.of("size", 1000)).path("equal").asBoolean())
				.isTrue();
			ending.accept(listener.peer());
			assertThat(sending).failsWithin(NOTICED)
				.withThrowableOfType(Exception.class)
				.satisfies((failure) -> assertThat(kindOf(failure)).isIn("reset", "closed"));
			assertThat(dialer.peer()
				.awaitEvent("connClose", (event) -> event.path("peer").asString().equals(listener.id()), NOTICED))
				.isPresent();
			assertThat(dialer.connections(listener)).isEmpty();
		}
	}

	private static String kindOf(Throwable failure) {
		Throwable cause = failure;
		while ((cause instanceof CompletionException || cause instanceof ExecutionException)
				&& cause.getCause() != null) {
			cause = cause.getCause();
		}
		return (cause instanceof PeerFailure peer) ? peer.kind() : cause.toString();
	}

}

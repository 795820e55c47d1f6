package io.p2pboot.libp2p.interop;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * QUIC between two hosts whose packets get lost, one in twenty, in both directions.
 */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class LossTest {

	private static final int PERCENT = 5;

	private static final int COUNT = 10_000;

	private static final int RATE = 1_000;

	private static final Duration PATIENCE = Duration.ofSeconds(60);

	private static LossyLink link;

	@BeforeAll
	static void connectHosts() {
		LossyLink.require();
		link = LossyLink.create(PERCENT);
	}

	@AfterAll
	static void takeHostsAway() {
		if (link != null) {
			link.close();
		}
	}

	private static StartedPeer start(String stack, LossyLink.Host host) {
		return StartedPeer.start(Stacks.launch(stack, host.namespace()), Map.of("transports", List.of("quic-v1"),
				"listen", List.of("/ip4/" + host.address() + "/udp/0/quic-v1")));
	}

	@ParameterizedTest
	@MethodSource("io.p2pboot.libp2p.interop.Pair#datagrams")
	void everyDatagramIsDeliveredOrDroppedHereOrLostOnThePath(Pair pair) {
		pair.require();
		try (StartedPeer host = start(pair.listener(), link.right());
				StartedPeer guest = start(pair.dialer(), link.left())) {
			guest.dial(host);
			host.awaitConnections(guest);
			PairSuite.ask(guest, host, "peerInfo", Map.of());
			PairSuite.ask(host, guest, "peerInfo", Map.of());
			NativeDatagramTest.openFlow(guest, host);
			long lostBefore = link.right().lost();
			CompletableFuture<JsonNode> sending = guest.peer()
				.send("dgSend", PairSuite.about(host,
						Map.of("count", COUNT, "size", 1_000, "rate", RATE, "timeout", PATIENCE.toMillis())));
			// Streams go on beside them, and the sender is held up by nothing.
			assertEchoed(guest, host);
			assertEchoed(host, guest);
			assertThat(sending).succeedsWithin(PATIENCE).satisfies((result) -> {
				assertThat(result.path("ms").asDouble()).isLessThan(2_000.0 * COUNT / RATE);
				int sent = result.path("sent").asInt();
				assertThat(sent + result.path("dropped").asInt()).isEqualTo(COUNT);
				assertThat(sent).isGreaterThan(COUNT * 99 / 100);
				JsonNode came = NativeDatagramTest.awaitArrivals(host, guest, sent);
				assertThat(came.path("wrong").asInt()).isZero();
				assertThat(came.path("distinct").asInt()).isEqualTo(came.path("n").asInt());
				long lost = sent - came.path("n").asInt() - came.path("dropped").asInt(0);
				assertThat(lost).as("lost of %s: %s", sent, came).isBetween(sent * 3L / 100, sent * 8L / 100);
				// What the path dropped in the meantime, other packets included.
				assertThat(lost).isLessThanOrEqualTo(link.right().lost() - lostBefore);
			});
		}
	}

	private static void assertEchoed(StartedPeer from, StartedPeer to) {
		JsonNode echo = PairSuite.ask(from, to, "echo", Map.of("size", 1 << 20, "timeout", PATIENCE.toMillis()));
		assertThat(echo.path("equal").asBoolean()).isTrue();
	}

	/** Bar B21. */
	@ParameterizedTest
	@MethodSource("io.p2pboot.libp2p.interop.Pair#datagrams")
	void aHundredMebibytesArriveAsTheyWere(Pair pair) {
		pair.require();
		try (StartedPeer host = start(pair.listener(), link.right());
				StartedPeer guest = start(pair.dialer(), link.left())) {
			guest.dial(host);
			host.awaitConnections(guest);
			JsonNode many = PairSuite.ask(guest, host, "echoMany",
					Map.of("count", 100, "size", 1 << 20, "concurrency", 8, "timeout", 120_000));
			assertThat(many.path("errors")).isEmpty();
			assertThat(many.path("passed").asInt()).isEqualTo(100);
		}
	}

}

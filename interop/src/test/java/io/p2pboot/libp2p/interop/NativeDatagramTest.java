package io.p2pboot.libp2p.interop;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Datagrams beside the streams of a QUIC connection, {@code /dg/1}. No released stack has
 * them, so the Go peer's are its own.
 */
@MethodSource("io.p2pboot.libp2p.interop.Pair#datagrams")
class NativeDatagramTest extends PairSuite {

	private static final int COUNT = 10_000;

	private static final int SIZE = 1_000;

	/** A second; receivers have queues of a hundred or so. */
	private static final int RATE = 2_000;

	private static final Duration PATIENCE = Duration.ofSeconds(15);

	@ParameterizedTest
	@ValueSource(strings = { "dialer", "listener" })
	void tenThousandGoEachWayWhoeverOpensTheFlow(String opener) {
		try (StartedPeer host = StartedPeer.start(pair().listener(), pair().layers());
				StartedPeer guest = StartedPeer.start(pair().dialer(), pair().layers())) {
			guest.dial(host);
			host.awaitConnections(guest);
			ask(host, guest, "peerInfo", Map.of());
			ask(guest, host, "peerInfo", Map.of());
			openFlow(opener.equals("dialer") ? guest : host, opener.equals("dialer") ? host : guest);
			CompletableFuture<JsonNode> there = send(guest, host);
			CompletableFuture<JsonNode> back = send(host, guest);
			assertDelivered(there, guest, host);
			assertDelivered(back, host, guest);
		}
	}

	/**
	 * Until the other side has heard of it, since an opening may be lost as any datagram,
	 * and until the path is known to take messages of 1,200 bytes.
	 */
	static void openFlow(StartedPeer opener, StartedPeer other) {
		boolean heard = false;
		int max = 0;
		for (int i = 0; i < 20 && !(heard && max > 1_200); i++) {
			JsonNode opened = ask(opener, other, "dgOpen", Map.of());
			assertThat(opened.path("carrier").asString("native")).isEqualTo("native");
			max = opened.path("max").asInt(Integer.MAX_VALUE);
			if (heard) {
				// Nothing of the kind comes: a time for the path to be found out.
				other.peer().awaitEvent("dg", (event) -> false, Duration.ofMillis(500));
			}
			heard = heard || other.peer()
				.awaitEvent("dg", (event) -> event.path("peer").asString().equals(opener.id()), Duration.ofSeconds(1))
				.map((event) -> event.path("carrier").asString("native").equals("native"))
				.orElse(false);
		}
		assertThat(heard).as("%s heard of the flow", other.peer().stack()).isTrue();
		assertThat(max).isGreaterThan(1_200);
	}

	private static CompletableFuture<JsonNode> send(StartedPeer from, StartedPeer to) {
		return from.peer()
			.send("dgSend", about(to, Map.of("count", COUNT, "size", SIZE, "rate", RATE, "timeout", 60_000)));
	}

	private static void assertDelivered(CompletableFuture<JsonNode> sending, StartedPeer from, StartedPeer to) {
		assertThat(sending).succeedsWithin(Duration.ofSeconds(60)).satisfies((result) -> {
			int sent = result.path("sent").asInt();
			assertThat(sent + result.path("dropped").asInt()).isEqualTo(COUNT);
			JsonNode came = awaitArrivals(to, from, sent);
			assertThat(came.path("n").asInt()).as("%s of %s came", came, sent)
				.isGreaterThan(COUNT * 99 / 100)
				.isLessThanOrEqualTo(sent);
			assertThat(came.path("distinct").asInt()).isEqualTo(came.path("n").asInt());
			assertThat(came.path("wrong").asInt()).isZero();
			// One flow serves both directions.
			assertThat(came.path("flows").asInt(1)).isEqualTo(1);
		});
	}

	/** What has come, once all has or nothing more does. */
	static JsonNode awaitArrivals(StartedPeer at, StartedPeer from, int sent) {
		long end = System.nanoTime() + PATIENCE.toNanos();
		JsonNode came = ask(at, from, "dgStats", Map.of());
		int before = -1;
		while (came.path("n").asInt() < sent && came.path("n").asInt() > before && System.nanoTime() < end) {
			before = came.path("n").asInt();
			at.peer().awaitEvent("none", (event) -> true, Duration.ofMillis(500));
			came = ask(at, from, "dgStats", Map.of());
		}
		return came;
	}

}

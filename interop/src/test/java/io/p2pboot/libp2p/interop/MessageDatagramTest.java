package io.p2pboot.libp2p.interop;

import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Datagrams to and from a peer that knows nothing but streams: messages behind their
 * lengths. With {@code -Dinterop.whole=true} they also see how our end finishes, ten
 * seconds after theirs.
 */
@MethodSource("io.p2pboot.libp2p.interop.Pair#messageDatagrams")
class MessageDatagramTest extends PairSuite {

	private static final boolean WHOLE = Boolean.getBoolean("interop.whole");

	private static final String PATH = "/lip/dg/1.0.0";

	private static final int COUNT = 2_000;

	private static final Duration PATIENCE = Duration.ofSeconds(20);

	@Test
	void whatWeSendComesBackOnTheSameStream() {
		try (StartedPeer host = StartedPeer.start(pair().listener(), pair().layers());
				StartedPeer guest = StartedPeer.start(pair().dialer(), pair().layers())) {
			StartedPeer ours = ours(guest, host);
			StartedPeer other = (ours == guest) ? host : guest;
			other.call("idPush", Map.of("add", List.of(PATH)));
			guest.dial(host);
			host.awaitConnections(guest);
			ask(ours, other, "peerInfo", Map.of());
			assertThat(ask(ours, other, "dgOpen", Map.of()).path("max").asInt()).isEqualTo(1_200);
			JsonNode result = ask(ours, other, "dgSend",
					Map.of("count", COUNT, "size", 1_200, "rate", 2_000, "timeout", 60_000));
			int sent = result.path("sent").asInt();
			assertThat(sent + result.path("dropped").asInt()).isEqualTo(COUNT);
			assertThat(sent).isPositive();
			assertArrived(ours, other, sent);
		}
	}

	@Test
	void whatTheySendIsTaken() {
		try (StartedPeer host = StartedPeer.start(pair().listener(), pair().layers());
				StartedPeer guest = StartedPeer.start(pair().dialer(), pair().layers())) {
			StartedPeer ours = ours(guest, host);
			StartedPeer other = (ours == guest) ? host : guest;
			guest.dial(host);
			host.awaitConnections(guest);
			ask(other, ours, "peerInfo", Map.of());
			CompletableFuture<JsonNode> answer = CompletableFuture
				.supplyAsync(() -> ask(other, ours, "exchange", Map.of("proto", PATH, "hex", messages(300, 100))));
			assertArrived(ours, other, 300);
			if (WHOLE) {
				assertThat(answer.join().path("hex").stringValue()).isEmpty();
			}
		}
	}

	private static StartedPeer ours(StartedPeer one, StartedPeer other) {
		return one.peer().stack().equals(Stacks.JAVA) ? one : other;
	}

	private static String messages(int count, int size) {
		ByteArrayOutputStream bytes = new ByteArrayOutputStream();
		for (int number = 0; number < count; number++) {
			bytes.write(size);
			bytes.writeBytes(new byte[] { 0, 0, 0, 0, 0, 0, (byte) (number >>> 8), (byte) number });
			for (int i = number; i < number + size - Long.BYTES; i++) {
				bytes.write(i * 167 + (i >>> 8) * 13);
			}
		}
		return HexFormat.of().formatHex(bytes.toByteArray());
	}

	private static void assertArrived(StartedPeer at, StartedPeer from, int count) {
		long end = System.nanoTime() + PATIENCE.toNanos();
		JsonNode came = ask(at, from, "dgStats", Map.of());
		while (came.path("n").asInt() < count && System.nanoTime() < end) {
			at.peer().awaitEvent("none", (event) -> true, Duration.ofMillis(50));
			came = ask(at, from, "dgStats", Map.of());
		}
		assertThat(came.path("n").asInt()).isEqualTo(count);
		assertThat(came.path("distinct").asInt()).isEqualTo(count);
		assertThat(came.path("wrong").asInt()).isZero();
		assertThat(came.path("dropped").asInt()).isZero();
	}

}

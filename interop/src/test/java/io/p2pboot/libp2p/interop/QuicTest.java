package io.p2pboot.libp2p.interop;

import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Scenario T1: connections over QUIC.
 */
@MethodSource("io.p2pboot.libp2p.interop.Pair#quic")
class QuicTest extends PairSuite {

	private static final String STRANGER = "12D3KooWP5LXtVuY5mwKSCPinUmdNMjzWY9nkttkBc2MMAuLoCx8";

	@Test
	void bothSidesAgreeOnWhoAndHow() {
		JsonNode out = dialer().awaitConnections(listener()).get(0);
		JsonNode in = listener().awaitConnections(dialer()).get(0);
		assertThat(out.path("dir").stringValue()).isEqualTo("out");
		assertThat(in.path("dir").stringValue()).isEqualTo("in");
		assertThat(List.of(out, in)).allSatisfy((connection) -> {
			assertThat(connection.path("addr").stringValue()).contains("/udp/").contains("/quic-v1");
			assertThat(connection.path("enc").asString()).isEqualTo(pair().enc());
			assertThat(connection.path("mux").asString()).isEqualTo(pair().mux());
		});
	}

	@Test
	void aPingComesBackAndAMebibyteIsEchoed() {
		fromEachSide((from, to) -> {
			JsonNode times = ask(from, to, "ping", Map.of("n", 3)).path("ms");
			assertThat(times.size()).isEqualTo(3);
			JsonNode echo = ask(from, to, "echo", Map.of("size", 1 << 20));
			assertThat(echo.path("n").asInt()).isEqualTo(1 << 20);
			assertThat(echo.path("equal").asBoolean()).isTrue();
		});
	}

	@Test
	void anotherPeerThanTheExpectedOneIsRefused() {
		String address = listener().address().replace(listener().id(), STRANGER);
		assertThat(dialer().failure("dial", Map.of("addr", address))).isIn("peerId", "dial");
		assertThat(dialer().call("conns", Map.of("peer", STRANGER)).path("conns")).isEmpty();
		fromEachSide((from, to) -> assertThat(ask(from, to, "echo", Map.of("size", 1000)).path("equal").asBoolean())
			.isTrue());
	}

	@Test
	void aConnectionThatEndsCanBeMadeAnew() {
		for (int i = 0; i < 10; i++) {
			ask(dialer(), listener(), "hangup", Map.of());
			dialer().awaitNoConnection(listener());
			listener().awaitNoConnection(dialer());
			dialer().dial(listener());
			if (Quirks.losesEarlyStreams(listener())) {
				ask(dialer(), listener(), "peerInfo", Map.of());
			}
			assertThat(ask(dialer(), listener(), "echo", Map.of("size", 10)).path("equal").asBoolean()).isTrue();
		}
	}

}

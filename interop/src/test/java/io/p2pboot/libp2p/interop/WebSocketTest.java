package io.p2pboot.libp2p.interop;

import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Scenarios T1 and S1 to S5 over WebSocket.
 */
@MethodSource("io.p2pboot.libp2p.interop.Pair#webSocket")
class WebSocketTest extends StreamSuite {

	@Test
	void bothSidesAgreeOnWhoAndHow() {
		JsonNode out = dialer().awaitConnections(listener()).get(0);
		JsonNode in = listener().awaitConnections(dialer()).get(0);
		assertThat(out.path("addr").stringValue()).contains("/tcp/").contains("/ws");
		assertThat(List.of(out, in)).allSatisfy((connection) -> {
			assertThat(connection.path("enc").stringValue()).isEqualTo("/noise");
			assertThat(connection.path("mux").stringValue()).isEqualTo("/yamux/1.0.0");
		});
		fromEachSide((from, to) -> assertThat(ask(from, to, "echo", Map.of("size", 1 << 20)).path("equal").asBoolean())
			.isTrue());
	}

}

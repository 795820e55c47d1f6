package io.p2pboot.libp2p.interop;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.crypto.KeyType;
import io.p2pboot.libp2p.crypto.PrivateKey;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Scenario T3: every kind of identity key, on both sides of a connection.
 */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class IdentityTest {

	@ParameterizedTest(name = "{0}, {1}")
	@MethodSource("pairsAndKeys")
	void aKeyProvesItsPeer(Pair pair, KeyType type) throws Exception {
		pair.require();
		Assumptions.assumeFalse(pair.has(Stacks.JS) && type == KeyType.ECDSA, "js-libp2p has no ECDSA identities");
		PrivateKey listening = PrivateKey.generate(type);
		PrivateKey dialling = PrivateKey.generate(type);
		try (StartedPeer listener = start(pair.listener(), pair, listening);
				StartedPeer dialer = start(pair.dialer(), pair, dialling)) {
			dialer.dial(listener);
			assertThat(PairSuite.ask(dialer, listener, "echo", Map.of("size", 1000)).path("equal").asBoolean())
				.isTrue();
			assertThat(listener.connections(dialer)).hasSize(1);
		}
	}

	private static StartedPeer start(String stack, Pair pair, PrivateKey key) {
		StartedPeer started = StartedPeer.start(stack,
				Map.of("key", hex(key.encoded()), "security", List.of(pair.security())));
		JsonNode info = started.call("info", Map.of());
		assertThat(info.path("pub").stringValue()).isEqualTo(hex(key.publicKey().encoded()));
		assertThat(started.id()).isEqualTo(PeerId.of(key.publicKey()).toString());
		return started;
	}

	private static String hex(ByteBuffer bytes) {
		byte[] copy = new byte[bytes.remaining()];
		bytes.duplicate().get(copy);
		return HexFormat.of().formatHex(copy);
	}

	static Stream<Arguments> pairsAndKeys() {
		return Pair.all().flatMap((pair) -> Stream.of(KeyType.values()).map((type) -> Arguments.of(pair, type)));
	}

}

package io.p2pboot.libp2p.interop;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.p2pboot.libp2p.interop.driver.PeerFailure;
import org.bouncycastle.asn1.x509.GeneralName;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * Scenario T1: connections over WebSocket within TLS, and certificates that must not be
 * accepted.
 */
@MethodSource("io.p2pboot.libp2p.interop.Pair#secureWebSocket")
class SecureWebSocketTest extends PairSuite {

	@TempDir
	private static Path folder;

	private static Path trust;

	private static Path cert;

	private static Path strangersTrust;

	private static Path certOfAnotherName;

	@BeforeAll
	static void makeCertificates() throws Exception {
		TestAuthority authority = new TestAuthority("authority");
		trust = authority.writeTrust(folder.resolve("trust.pem"));
		cert = authority.writeServer(folder.resolve("cert.pem"), new GeneralName(GeneralName.dNSName, "localhost"),
				new GeneralName(GeneralName.iPAddress, "127.0.0.1"));
		certOfAnotherName = authority.writeServer(folder.resolve("other.pem"),
				new GeneralName(GeneralName.dNSName, "other.example.com"));
		strangersTrust = new TestAuthority("stranger").writeTrust(folder.resolve("stranger.pem"));
	}

	@Override
	Map<String, Object> layers() {
		return layers(cert, trust);
	}

	private static Map<String, Object> layers(Path cert, Path trust) {
		return Map.of("transports", List.of("wss"), "listen", List.of("/ip4/127.0.0.1/tcp/0/tls/ws"), "cert",
				cert.toString(), "trust", trust.toString());
	}

	@Test
	void bothSidesAgreeOnWhoAndHow() {
		JsonNode out = dialer().awaitConnections(listener()).get(0);
		JsonNode in = listener().awaitConnections(dialer()).get(0);
		assertThat(out.path("addr").stringValue()).containsPattern("/tls/(sni/[^/]+/)?ws|/wss");
		assertThat(out.path("dir").stringValue()).isEqualTo("out");
		assertThat(in.path("dir").stringValue()).isEqualTo("in");
		assertThat(List.of(out, in)).allSatisfy((connection) -> {
			assertThat(connection.path("enc").stringValue()).isEqualTo(pair().enc());
			assertThat(connection.path("mux").stringValue()).isEqualTo(pair().mux());
		});
	}

	@Test
	void aPingComesBackAndAMebibyteIsEchoed() {
		fromEachSide(SecureWebSocketTest::assertPingAndEcho);
	}

	private static void assertPingAndEcho(StartedPeer from, StartedPeer to) {
		assertThat(ask(from, to, "ping", Map.of("n", 3)).path("ms").size()).isEqualTo(3);
		JsonNode echo = ask(from, to, "echo", Map.of("size", 1 << 20));
		assertThat(echo.path("n").asInt()).isEqualTo(1 << 20);
		assertThat(echo.path("equal").asBoolean()).isTrue();
	}

	@Test
	void eachSideLearnsWhatTheOtherServes() {
		fromEachSide((from,
				to) -> assertThat(
						ask(from, to, "peerInfo", Map.of()).path("protocols").valueStream().map(JsonNode::stringValue))
					.contains("/lip/echo/1.0.0", "/ipfs/ping/1.0.0", "/ipfs/id/1.0.0"));
	}

	@Test
	void aHostNameIsDialledInEachFormOfTheAddress() {
		for (String form : List.of("/tls/ws", "/wss")) {
			ask(dialer(), listener(), "hangup", Map.of());
			dialer().awaitNoConnection(listener());
			listener().awaitNoConnection(dialer());
			dialer().dial(named(listener(), form));
			if (Quirks.losesEarlyStreams(listener())) {
				ask(dialer(), listener(), "peerInfo", Map.of());
			}
			assertPingAndEcho(dialer(), listener());
		}
	}

	@Test
	void anAuthorityThatTheDialerDoesNotKnowIsRefused() {
		Map<String, Object> distrustful = new HashMap<>(layers(cert, strangersTrust));
		distrustful.put("listen", List.of());
		try (StartedPeer guest = StartedPeer.start(pair().dialer(), distrustful)) {
			assertRefused(guest, listener(), listener().address());
			assertRefused(guest, listener(), named(listener(), "/tls/ws"));
		}
	}

	@Test
	void aCertificateForAnotherNameIsRefused() {
		try (StartedPeer host = StartedPeer.start(pair().listener(), layers(certOfAnotherName, trust))) {
			assertRefused(dialer(), host, host.address());
			assertRefused(dialer(), host, named(host, "/tls/ws"));
			assertRefused(dialer(), host, named(host, "/wss"));
		}
		fromEachSide(SecureWebSocketTest::assertPingAndEcho);
	}

	private static void assertRefused(StartedPeer guest, StartedPeer host, String address) {
		PeerFailure failure = catchThrowableOfType(PeerFailure.class, () -> guest.dial(address));
		assertThat(failure).as("%s dials %s", guest.peer().stack(), address).isNotNull();
		assertThat(failure.kind()).isEqualTo("dial");
		assertThat(failure).hasMessageMatching("(?s).*" + Quirks.refusalOfACertificate(guest) + ".*");
		assertThat(guest.connections(host)).isEmpty();
		assertThat(host.connections(guest)).isEmpty();
	}

	private static String named(StartedPeer peer, String form) {
		return peer.address().replace("/ip4/127.0.0.1/", "/dns4/localhost/").replace("/tls/ws", form);
	}

}

package io.p2pboot.libp2p.interop;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Scenario T4: connections that must not come about.
 */
@MethodSource("io.p2pboot.libp2p.interop.Pair#all")
class RefusalTest extends PairSuite {

	private static final String STRANGER = "12D3KooWP5LXtVuY5mwKSCPinUmdNMjzWY9nkttkBc2MMAuLoCx8";

	@Test
	void anotherPeerThanTheExpectedOneIsRefused() {
		String address = listener().address().replace(listener().id(), STRANGER);
		assertThat(dialer().failure("dial", Map.of("addr", address))).isIn("peerId", "dial");
		assertThat(dialer().call("conns", Map.of("peer", STRANGER)).path("conns")).isEmpty();
		assertStillUsable();
	}

	@Test
	void withoutACommonSecurityProtocolThereIsNoConnection() {
		try (StartedPeer other = StartedPeer.start(pair().listener(), Map.of("security", List.of("unheard-of")))) {
			assertThat(dialer().failure("dial", Map.of("addr", other.address()))).isEqualTo("dial");
			assertThat(dialer().connections(other)).isEmpty();
			assertThat(other.connections(dialer())).isEmpty();
		}
		assertStillUsable();
	}

	@Test
	void withoutACommonMuxerThereIsNoConnection() {
		Map<String, List<String>> layers = Map.of("security", List.of(pair().security()), "muxers",
				List.of("unheard-of"));
		try (StartedPeer other = StartedPeer.start(pair().listener(), layers)) {
			if (Quirks.dialsBeforeTheMuxerIsAgreed(dialer())) {
				dialer().peer().send("dial", Map.of("addr", other.address())).handle((result, failure) -> true).join();
			}
			else {
				assertThat(dialer().failure("dial", Map.of("addr", other.address()))).isEqualTo("dial");
			}
			dialer().awaitNoConnection(other);
			assertThat(other.connections(dialer())).isEmpty();
		}
		assertStillUsable();
	}

	@Test
	void aListenerThatIsSpokenToInHttpGoesOn() throws IOException {
		String[] parts = listener().address().split("/", 0);
		try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), Integer.parseInt(parts[4]))) {
			socket.setSoTimeout(30_000);
			socket.getOutputStream()
				.write(("GET / HTTP/1.1\r\nX: " + "x".repeat(500) + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
			InputStream in = socket.getInputStream();
			// A libp2p header may come first; then the end has to.
			assertThat(readToTheEnd(in)).isLessThan(100);
		}
		assertStillUsable();
	}

	private static int readToTheEnd(InputStream in) {
		int count = 0;
		try {
			while (in.read() >= 0) {
				count++;
			}
			return count;
		}
		catch (IOException ex) {
			assertThat(ex).hasMessageContaining("reset");
			return count;
		}
	}

	@Test
	void aServerThatIsNotLibp2pIsNoPeer() throws Exception {
		Thread http;
		try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
			http = new Thread(() -> answerInHttp(server), "http");
			http.start();
			String address = "/ip4/127.0.0.1/tcp/" + server.getLocalPort() + "/p2p/" + STRANGER;
			assertThat(dialer().failure("dial", Map.of("addr", address))).isEqualTo("dial");
		}
		http.join(10_000);
		assertThat(http.isAlive()).isFalse();
		assertStillUsable();
	}

	private static void answerInHttp(ServerSocket server) {
		try {
			while (!server.isClosed()) {
				try (Socket socket = server.accept()) {
					socket.getOutputStream()
						.write("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"
							.getBytes(StandardCharsets.US_ASCII));
					socket.getOutputStream().flush();
				}
			}
		}
		catch (IOException ex) {
			assertThat(server.isClosed()).as("the server ended by itself: %s", ex).isTrue();
		}
	}

	private void assertStillUsable() {
		fromEachSide((from, to) -> assertThat(ask(from, to, "echo", Map.of("size", 1000)).path("equal").asBoolean())
			.isTrue());
	}

}

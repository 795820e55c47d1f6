package io.p2pboot.libp2p.transport.websocket;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.transport.DialOptions;
import io.p2pboot.libp2p.transport.EventLoops;
import io.p2pboot.libp2p.transport.Listener;
import io.p2pboot.libp2p.transport.RawNode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What a WebSocket says and takes, byte by byte: T44.
 */
@Timeout(60)
class WebSocketHandshakeTest {

	private static final Duration TIMEOUT = Duration.ofMillis(700);

	/** RFC 6455, section 1.3. */
	private static final String KEY = "dGhlIHNhbXBsZSBub25jZQ==";

	private static final String ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

	private final RawNode node = new RawNode(EventLoops.create(1));

	private final WebSocketTransport transport = new WebSocketTransport(
			WebSocketConfig.builder().handshakeTimeout(TIMEOUT).build());

	private final ExecutorService executor = Executors.newCachedThreadPool();

	private Listener listener;

	@BeforeEach
	void listen() throws Exception {
		this.transport.start(this.node);
		this.listener = this.transport.listen(Multiaddr.parse("/ip4/127.0.0.1/tcp/0/ws")).get(20, TimeUnit.SECONDS);
	}

	@AfterEach
	void close() throws Exception {
		this.listener.close().get(20, TimeUnit.SECONDS);
		this.transport.close().get(20, TimeUnit.SECONDS);
		this.node.close();
		this.executor.shutdownNow();
	}

	private Socket connect() throws IOException {
		int port = this.listener.address().ipSocketAddress().orElseThrow().getPort();
		Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
		socket.setSoTimeout(20_000);
		return socket;
	}

	private static String request(String line, String... fields) {
		return line + "\r\n" + String.join("\r\n", fields) + "\r\n\r\n";
	}

	private static String[] fields(String... more) {
		List<String> all = new ArrayList<>(List.of("Host: example.com", "Upgrade: websocket", "Connection: Upgrade",
				"Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: " + KEY));
		all.addAll(List.of(more));
		return all.toArray(new String[0]);
	}

	private static String upgrade(String... more) {
		return request("GET / HTTP/1.1", fields(more));
	}

	private static void send(Socket socket, String text) throws IOException {
		socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
	}

	/** Reads to the empty line behind the fields. */
	private static String head(Socket socket) throws IOException {
		StringBuilder text = new StringBuilder();
		InputStream in = socket.getInputStream();
		while (text.indexOf("\r\n\r\n") < 0) {
			int next = in.read();
			if (next < 0) {
				return text + "(end)";
			}
			text.append((char) next);
		}
		return text.toString();
	}

	private String answer(String request) throws IOException {
		try (Socket socket = connect()) {
			send(socket, request);
			return head(socket);
		}
	}

	@Test
	void theAnswerProvesThatTheKeyIsUnderstoodAndNegotiatesNoCompression() throws IOException {
		String answer = answer(upgrade("Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"));
		assertThat(answer).startsWith("HTTP/1.1 101 ");
		assertThat(answer.toLowerCase()).contains("sec-websocket-accept: " + ACCEPT.toLowerCase())
			.doesNotContain("sec-websocket-extensions");
	}

	@Test
	void anyPathAndOriginIsServed() throws IOException {
		assertThat(answer(request("GET /some/where?else HTTP/1.1", fields("Origin: https://example.net"))))
			.startsWith("HTTP/1.1 101 ");
	}

	@Test
	void fieldsMayHaveEightKibibytesAndNotOneByteMore() throws IOException {
		int others = String.join("", fields("X: ")).length();
		String most = "x".repeat(HttpUpgrade.MAX_HEADER_BYTES - others);
		assertThat(answer(upgrade("X: " + most))).startsWith("HTTP/1.1 101 ");
		assertThat(answer(upgrade("X: " + most + "x"))).startsWith("HTTP/1.1 431 ");
	}

	@Test
	void theFirstLineMayHaveTwoKibibytesAndNotOneByteMore() throws IOException {
		String path = "/".repeat(HttpUpgrade.MAX_LINE_BYTES - "GET  HTTP/1.1".length());
		assertThat(answer(request("GET " + path + " HTTP/1.1", fields()))).startsWith("HTTP/1.1 101 ");
		assertThat(answer(request("GET /" + path + " HTTP/1.1", fields()))).startsWith("HTTP/1.1 431 ");
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			value = { "POST / HTTP/1.1|400", "GET / HTTP/1.0|400", "nonsense|400", "GET / HTTP/9|400" })
	void whatIsNoUpgradeIsRefused(String line, String status) throws IOException {
		assertThat(answer(request(line, fields()))).startsWith("HTTP/1.1 " + status + " ");
		assertThat(this.node.waitingInbound()).isZero();
	}

	@ParameterizedTest
	@ValueSource(strings = { "Host: second", "Sec-WebSocket-Key: " + KEY, "Content-Length: 1",
			"Transfer-Encoding: chunked" })
	void aFieldTooManyIsRefused(String field) throws IOException {
		assertThat(answer(upgrade(field))).startsWith("HTTP/1.1 400 ");
	}

	@Test
	void anotherVersionIsToldWhichToUse() throws IOException {
		String answer = answer(request("GET / HTTP/1.1", "Host: h", "Upgrade: websocket", "Connection: Upgrade",
				"Sec-WebSocket-Version: 8", "Sec-WebSocket-Key: " + KEY));
		assertThat(answer).startsWith("HTTP/1.1 426 ");
		assertThat(answer.toLowerCase()).contains("sec-websocket-version: 13");
	}

	@Test
	void whoIsSilentOrDripsBytesIsCut() throws Exception {
		try (Socket silent = connect(); Socket slow = connect()) {
			long begun = System.nanoTime();
			Future<Integer> end = this.executor.submit(() -> silent.getInputStream().read());
			String request = upgrade();
			slow.setSoTimeout(50);
			boolean open = true;
			for (int i = 0; i < request.length() && open; i++) {
				open = drip(slow, request.charAt(i));
			}
			assertThat(open).isFalse();
			assertThat(end.get(20, TimeUnit.SECONDS)).isEqualTo(-1);
			assertThat(System.nanoTime() - begun).isGreaterThanOrEqualTo(TIMEOUT.toNanos() / 2);
		}
		assertThat(this.node.waitingInbound()).isZero();
	}

	@Test
	void theHttpUpgradeHasNoMoreTimeThanTheWholeUpgrade() throws Exception {
		this.node.upgradeTimeout(TIMEOUT);
		WebSocketTransport patient = new WebSocketTransport(
				WebSocketConfig.builder().handshakeTimeout(Duration.ofMinutes(10)).build());
		patient.start(this.node);
		Listener listening = patient.listen(Multiaddr.parse("/ip4/127.0.0.1/tcp/0/ws")).get(20, TimeUnit.SECONDS);
		try (Socket silent = new Socket(InetAddress.getLoopbackAddress(),
				listening.address().ipSocketAddress().orElseThrow().getPort())) {
			silent.setSoTimeout(20_000);
			assertThat(silent.getInputStream().read()).isEqualTo(-1);
		}
		finally {
			listening.close().get(20, TimeUnit.SECONDS);
			patient.close().get(20, TimeUnit.SECONDS);
		}
	}

	/** Sends a byte and waits a moment; false once the other side has closed. */
	private static boolean drip(Socket socket, char next) {
		try {
			socket.getOutputStream().write(next);
			return socket.getInputStream().read() >= 0;
		}
		catch (SocketTimeoutException ex) {
			return true;
		}
		catch (IOException ex) {
			return false;
		}
	}

	// Frames.

	/** An upgraded connection to the listener, which echoes. */
	private Socket upgraded() throws IOException {
		Socket socket = connect();
		send(socket, upgrade());
		assertThat(head(socket)).startsWith("HTTP/1.1 101 ");
		return socket;
	}

	/** A client's frame: a mask of zeros leaves the payload as it is. */
	private static byte[] frame(int first, byte[] payload) {
		ByteArrayOutputStream bytes = new ByteArrayOutputStream();
		bytes.write(first);
		bytes.write(0x80 | payload.length);
		bytes.writeBytes(new byte[4]);
		bytes.writeBytes(payload);
		return bytes.toByteArray();
	}

	@Test
	void bytesComeBackInBinaryFramesWithoutAMask() throws IOException {
		try (Socket socket = upgraded()) {
			socket.getOutputStream().write(frame(0x82, new byte[] { 1, 2, 3 }));
			assertThat(socket.getInputStream().readNBytes(5)).containsExactly(0x82, 3, 1, 2, 3);
		}
	}

	@Test
	void aMessageMayBeFragmentedAndHavePingsWithin() throws IOException {
		try (Socket socket = upgraded()) {
			socket.getOutputStream().write(frame(0x02, new byte[] { 1 }));
			assertThat(socket.getInputStream().readNBytes(3)).containsExactly(0x82, 1, 1);
			socket.getOutputStream().write(frame(0x89, new byte[] { 7, 8 }));
			assertThat(socket.getInputStream().readNBytes(4)).containsExactly(0x8A, 2, 7, 8);
			socket.getOutputStream().write(frame(0x80, new byte[] { 2 }));
			assertThat(socket.getInputStream().readNBytes(3)).containsExactly(0x82, 1, 2);
		}
	}

	@Test
	void aCloseIsAnswered() throws IOException {
		try (Socket socket = upgraded()) {
			socket.getOutputStream().write(frame(0x88, new byte[] { 3, (byte) 0xE8 }));
			assertThat(socket.getInputStream().readAllBytes()).containsExactly(0x88, 2, 3, 0xE8);
		}
	}

	/** First byte, second byte, the status that the violation is closed with. */
	@ParameterizedTest
	@CsvSource({ "0x81, 0x81, 1003", // text
			"0xC2, 0x81, 1002", // compressed, not negotiated
			"0x82, 0x01, 1002", // not masked
			"0x83, 0x81, 1002", // unknown opcode
			"0x80, 0x81, 1002", // a continuation of nothing
			"0x09, 0x81, 1002", // a fragmented ping
			"0x89, 0xFE, 1002" // a ping of more than 125 bytes
	})
	void aViolationIsClosedWithItsStatus(String first, String second, int status) throws IOException {
		try (Socket socket = upgraded()) {
			byte[] bytes = { Integer.decode(first).byteValue(), Integer.decode(second).byteValue(), 0, 0, 0, 0, 0 };
			socket.getOutputStream().write(bytes);
			assertThat(socket.getInputStream().readNBytes(4)).containsExactly(0x88, 2, status >>> 8, status & 0xFF);
		}
	}

	@Test
	void aLengthThatIsNotTheShortestIsAViolation() throws IOException {
		try (Socket socket = upgraded()) {
			socket.getOutputStream().write(new byte[] { (byte) 0x82, (byte) 0xFE, 0, 125, 0, 0, 0, 0 });
			assertThat(socket.getInputStream().readNBytes(4)).containsExactly(0x88, 2, 3, 0xEA);
		}
	}

	// Dialling.

	/** Dials a server that answers a request in its own way. */
	private IOException refusal(Function<String, String> answer) throws Exception {
		try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			Future<?> serving = this.executor.submit(() -> {
				try (Socket socket = server.accept()) {
					String request = head(socket);
					send(socket, answer.apply(request));
					return socket.getInputStream().read();
				}
			});
			Multiaddr address = Multiaddr.parse("/ip4/127.0.0.1/tcp/" + server.getLocalPort() + "/ws");
			try {
				this.transport.dial(address, DialOptions.ANY_PEER).get(20, TimeUnit.SECONDS);
			}
			catch (ExecutionException ex) {
				assertThat(ex.getCause()).isInstanceOf(IOException.class).hasMessageContaining(address.toString());
				serving.cancel(true);
				return (IOException) ex.getCause();
			}
			throw new AssertionError("The dial did not fail");
		}
	}

	private static String accepting(String request, String more) {
		String key = request.lines()
			.filter((line) -> line.toLowerCase().startsWith("sec-websocket-key:"))
			.map((line) -> line.substring(line.indexOf(':') + 1).trim())
			.findFirst()
			.orElseThrow();
		return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
				+ "Sec-WebSocket-Accept: " + HttpUpgrade.accept(key) + "\r\n" + more + "\r\n";
	}

	@Test
	void ourRequestAsksForNoCompressionAndNoSubprotocol() throws Exception {
		List<String> requests = new ArrayList<>();
		refusal((request) -> {
			requests.add(request.toLowerCase());
			return "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
		});
		assertThat(requests.get(0)).startsWith("get / http/1.1")
			.contains("sec-websocket-version: 13")
			.doesNotContain("sec-websocket-extensions", "sec-websocket-protocol");
	}

	@Test
	void anAnswerThatDoesNotUpgradeFailsTheDial() throws Exception {
		assertThat(refusal((request) -> "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")).hasMessageContaining("200");
		assertThat(refusal((request) -> accepting(request, "").replace("Accept: ", "Accept: A")))
			.hasMessageContaining("Sec-WebSocket-Accept");
		assertThat(refusal((request) -> accepting(request, "Sec-WebSocket-Extensions: permessage-deflate\r\n")))
			.hasMessageContaining("extension");
		assertThat(refusal((request) -> accepting(request, "X: " + "x".repeat(HttpUpgrade.MAX_HEADER_BYTES) + "\r\n")))
			.hasMessageContaining("larger than");
	}

	@Test
	void aServerThatIsSilentFailsTheDialInTime() throws Exception {
		assertThat(refusal((request) -> "")).isInstanceOf(SocketTimeoutException.class);
	}

}

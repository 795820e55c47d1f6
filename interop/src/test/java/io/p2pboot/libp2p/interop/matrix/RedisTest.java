package io.p2pboot.libp2p.interop.matrix;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

@Timeout(30)
class RedisTest {

	private final ExecutorService server = Executors.newSingleThreadExecutor();

	@AfterEach
	void stopServer() {
		this.server.shutdownNow();
	}

	@Test
	void aCommandIsSentAsAnArrayOfBulkStrings() throws Exception {
		String request = "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$3\r\n\u00e9v\r\n";
		try (ServerSocket socket = listen()) {
			Future<String> received = this.server.submit(() -> answer(socket, request.length() + 1, "+OK\r\n"));
			try (Redis redis = connect(socket)) {
				assertThat(redis.call("SET", "k", "\u00e9v")).containsExactly("OK");
			}
			assertThat(received.get()).isEqualTo(request);
		}
	}

	@Test
	void repliesOfEveryKindAreRead() throws Exception {
		assertThat(reply("$-1\r\n")).isEmpty();
		assertThat(reply("*-1\r\n")).isEmpty();
		assertThat(reply(":3\r\n")).containsExactly("3");
		assertThat(reply("$0\r\n\r\n")).containsExactly("");
		assertThat(reply("*2\r\n$1\r\nk\r\n$5\r\na\r\nb!\r\n")).containsExactly("k", "a\r\nb!");
	}

	@Test
	void anErrorReplyIsAFailure() {
		assertThatIOException().isThrownBy(() -> reply("-WRONGTYPE of key\r\n")).withMessageContaining("WRONGTYPE");
	}

	@Test
	void aTextMayBeAsLongAsTheLimitAndNoLonger() throws Exception {
		String longest = "x".repeat(Redis.MAX_TEXT_BYTES);
		assertThat(reply("$" + longest.length() + "\r\n" + longest + "\r\n")).containsExactly(longest);
		assertThatIOException().isThrownBy(() -> reply("$" + (longest.length() + 1) + "\r\n" + longest + "x\r\n"))
			.withMessageContaining("limit");
		assertThatIOException().isThrownBy(() -> reply("+" + longest + "xx\r\n")).withMessageContaining("longer");
	}

	@Test
	void aReplyMayHaveAsManyItemsAsTheLimitAndNoMore() throws Exception {
		assertThat(reply("*" + Redis.MAX_ITEMS + "\r\n" + ":1\r\n".repeat(Redis.MAX_ITEMS))).hasSize(Redis.MAX_ITEMS);
		assertThatIOException().isThrownBy(() -> reply("*" + (Redis.MAX_ITEMS + 1) + "\r\n"))
			.withMessageContaining("limit");
	}

	@Test
	void whatIsNoReplyIsAFailure() {
		assertThatIOException().isThrownBy(() -> reply("?\r\n"));
		assertThatIOException().isThrownBy(() -> reply("\r\n"));
		assertThatIOException().isThrownBy(() -> reply("$x\r\n"));
		assertThatIOException().isThrownBy(() -> reply("$-2\r\n"));
		assertThatIOException().isThrownBy(() -> reply("$1\r\nab\r\n"));
		assertThatExceptionOfType(EOFException.class).isThrownBy(() -> reply("$5\r\nab"));
		assertThatExceptionOfType(EOFException.class).isThrownBy(() -> reply("+OK"));
	}

	@Test
	void anAddressNeedsAPort() {
		assertThatIllegalArgumentException().isThrownBy(() -> Redis.connect("redis")).withMessageContaining("redis");
	}

	private List<String> reply(String text) throws Exception {
		try (ServerSocket socket = listen()) {
			Future<String> received = this.server.submit(() -> answer(socket, 5, text));
			try (Redis redis = connect(socket)) {
				return redis.call("PING");
			}
			finally {
				received.get();
			}
		}
	}

	private static String answer(ServerSocket socket, int requestBytes, String text) throws IOException {
		try (Socket client = socket.accept()) {
			byte[] request = client.getInputStream().readNBytes(requestBytes);
			client.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
			client.shutdownOutput();
			// What is left unread would turn the end into a reset.
			client.getInputStream().readAllBytes();
			return new String(request, StandardCharsets.UTF_8);
		}
	}

	private static ServerSocket listen() throws IOException {
		return new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
	}

	private static Redis connect(ServerSocket socket) throws IOException {
		return Redis.connect("127.0.0.1:" + socket.getLocalPort());
	}

}

package io.p2pboot.libp2p.spring.payload;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class ErrorBodiesTest {

	@ParameterizedTest
	@ValueSource(longs = { 0, 422, 0xFFFF_FFFFL })
	void anErrorHasACodeAndAText(long code) {
		assertThatExceptionOfType(Libp2pRemoteException.class)
			.isThrownBy(() -> ErrorBodies.message(ErrorBodies.encode(code, "no such öffer")))
			.satisfies((error) -> {
				assertThat(error.code()).isEqualTo(code);
				assertThat(error.text()).isEqualTo("no such öffer");
				assertThat(error).hasMessageContaining("no such öffer").hasMessageContaining("" + code);
			});
	}

	@Test
	void aTextIsCutAtItsBoundAndNeverWithinACharacter() {
		String longest = "x".repeat(ErrorBodies.MAX_TEXT_BYTES);
		assertThat(text(longest)).isEqualTo(longest);
		assertThat(text(longest + "y")).isEqualTo(longest);
		assertThat(text("x".repeat(ErrorBodies.MAX_TEXT_BYTES - 1) + "ö")).hasSize(ErrorBodies.MAX_TEXT_BYTES - 1);
		assertThat(text("\ud800")).isEqualTo("?");
	}

	@Test
	void aTextOfAPeerIsBoundedAndHasNoControlCharacters() {
		assertThat(text("a\nb\u0000c\u001b[2J")).isEqualTo("a?b?c?[2J");
		byte[] longest = body(ErrorBodies.MAX_TEXT_BYTES);
		assertThatExceptionOfType(Libp2pRemoteException.class)
			.isThrownBy(() -> ErrorBodies.message(ByteBuffer.wrap(longest)));
		assertThatExceptionOfType(UnreadableMessage.class)
			.isThrownBy(() -> ErrorBodies.message(ByteBuffer.wrap(body(ErrorBodies.MAX_TEXT_BYTES + 1))))
			.withMessageContaining("1025 bytes, of 1024");
	}

	private static byte[] body(int textBytes) {
		byte[] body = new byte[2 + textBytes];
		body[0] = 1;
		body[1] = 5;
		Arrays.fill(body, 2, body.length, (byte) 'x');
		return body;
	}

	@Test
	void whatIsNeitherAMessageNorAnErrorIsRefused() {
		for (byte[] reply : new byte[][] { {}, { 2 }, { 1 }, { 1, (byte) 0x80 }, { 1, 1, (byte) 0xff },
				{ 1, (byte) 0x80, (byte) 0x80, (byte) 0x80, (byte) 0x80, 0x10 } }) {
			assertThatExceptionOfType(UnreadableMessage.class)
				.isThrownBy(() -> ErrorBodies.message(ByteBuffer.wrap(reply)));
		}
	}

	@Test
	void aMessageIsWhatFollows() throws IOException {
		ByteBuffer message = ErrorBodies.message(ByteBuffer.wrap(new byte[] { 0, 'a', 'b' }));
		assertThat(StandardCharsets.UTF_8.decode(message).toString()).isEqualTo("ab");
		assertThat(ErrorBodies.message(ByteBuffer.wrap(new byte[] { 0 })).remaining()).isZero();
	}

	private static String text(String text) {
		try {
			ErrorBodies.message(ErrorBodies.encode(1, text));
		}
		catch (Libp2pRemoteException ex) {
			return ex.text();
		}
		catch (IOException ex) {
			throw new AssertionError(ex);
		}
		throw new AssertionError("No error");
	}

}

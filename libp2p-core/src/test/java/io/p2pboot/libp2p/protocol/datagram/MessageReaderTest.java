package io.p2pboot.libp2p.protocol.datagram;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.p2pboot.libp2p.multiformats.DecodeException;
import io.p2pboot.libp2p.multiformats.Varint;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class MessageReaderTest {

	private final List<String> messages = new ArrayList<>();

	@ParameterizedTest
	@ValueSource(ints = { 1, 2, 3, 7, 100, 4000 })
	void findsTheSameMessagesWhateverThePieces(int pieceBytes) throws DecodeException {
		ByteBuf stream = Unpooled.buffer();
		List<String> sent = new ArrayList<>();
		for (int size : new int[] { 0, 1, 127, 128, 0, 1200, 300, 255, 256, 257 }) {
			byte[] body = new byte[size];
			Arrays.fill(body, (byte) (size + 1));
			sent.add(HexFormat.of().formatHex(body));
			stream.writeBytes(framed(body));
		}
		MessageReader reader = new MessageReader(1200);
		while (stream.isReadable()) {
			reader.read(stream.readSlice(Math.min(pieceBytes, stream.readableBytes())), this::keep);
		}
		assertThat(this.messages).isEqualTo(sent);
		assertThat(reader.isWithinMessage()).isFalse();
	}

	@ParameterizedTest
	@ValueSource(ints = { 1, 127, 128, 1200, 16_383, 16_384, 65_535 })
	void takesAMessageAtTheLimitAndRefusesTheLengthOfOneByteMore(int limit) throws DecodeException {
		MessageReader reader = new MessageReader(limit);
		reader.read(Unpooled.wrappedBuffer(framed(new byte[limit])), this::keep);
		assertThat(this.messages).hasSize(1);
		ByteBuffer length = ByteBuffer.allocate(Varint.MAX_BYTES);
		Varint.write(limit + 1L, length);
		assertThatExceptionOfType(DecodeException.class)
			.isThrownBy(() -> reader.read(Unpooled.wrappedBuffer(length.flip()), this::keep))
			.withMessageContaining(String.valueOf(limit));
	}

	@ParameterizedTest
	@ValueSource(strings = { "80808080", "ffffffff", "8080808000", "ffffffffffffffffff7f" })
	void refusesALengthThatDoesNotEnd(String hex) {
		MessageReader reader = new MessageReader(1200);
		ByteBuf bytes = Unpooled.wrappedBuffer(HexFormat.of().parseHex(hex));
		assertThatExceptionOfType(DecodeException.class).isThrownBy(() -> reader.read(bytes, this::keep));
		// The second byte tells: two bytes hold the largest length.
		assertThat(bytes.readerIndex()).isLessThanOrEqualTo(2);
		assertThat(this.messages).isEmpty();
	}

	@Test
	void refusesALengthThatIsNotMinimal() {
		MessageReader reader = new MessageReader(1200);
		assertThatExceptionOfType(DecodeException.class)
			.isThrownBy(() -> reader.read(Unpooled.wrappedBuffer(new byte[] { (byte) 0x81, 0x00, 0x41 }), this::keep))
			.withMessageContaining("minimal");
	}

	@Test
	void holdsLittleMoreThanWhatHasArrived() throws DecodeException {
		MessageReader reader = new MessageReader(65_535);
		// The length of 65,535 bytes, then one of them.
		reader.read(Unpooled.wrappedBuffer(HexFormat.of().parseHex("ffff0300")), this::keep);
		assertThat(reader.isWithinMessage()).isTrue();
		assertThat(reader.heldBytes()).isLessThanOrEqualTo(256);
		for (int arrived = 2; arrived < 65_535; arrived++) {
			reader.read(Unpooled.wrappedBuffer(new byte[1]), this::keep);
			assertThat(reader.heldBytes()).isLessThanOrEqualTo(Math.max(256, 2 * arrived));
		}
		reader.read(Unpooled.wrappedBuffer(new byte[1]), this::keep);
		assertThat(this.messages).hasSize(1);
		assertThat(reader.heldBytes()).isZero();
	}

	@Test
	void knowsThatAMessageHasBegun() throws DecodeException {
		MessageReader reader = new MessageReader(1200);
		reader.read(Unpooled.wrappedBuffer(new byte[] { (byte) 0x80 }), this::keep);
		assertThat(reader.isWithinMessage()).isTrue();
	}

	private void keep(ByteBuffer message) {
		byte[] bytes = new byte[message.remaining()];
		message.get(bytes);
		this.messages.add(HexFormat.of().formatHex(bytes));
	}

	private static byte[] framed(byte[] body) {
		ByteBuffer framed = ByteBuffer.allocate(Varint.MAX_BYTES + body.length);
		Varint.write(body.length, framed);
		framed.put(body);
		return Arrays.copyOf(framed.array(), framed.position());
	}

}

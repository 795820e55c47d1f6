package io.p2pboot.libp2p.wire;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import io.p2pboot.libp2p.multiformats.DecodeException;
import io.p2pboot.libp2p.multiformats.Varint;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class LengthPrefixedReaderTest {

	private final LengthPrefixedReader reader = new LengthPrefixedReader(300);

	@ParameterizedTest
	@ValueSource(ints = { 1, 2, 3, 7, 64, 1000 })
	void messagesComeOutHoweverTheirBytesArrive(int chunk) throws DecodeException {
		ByteBuffer all = ByteBuffer.allocate(1000);
		for (int length : new int[] { 0, 1, 127, 128, 300, 0 }) {
			frame(all, length);
		}
		all.flip();
		List<Integer> lengths = new ArrayList<>();
		while (all.hasRemaining()) {
			ByteBuffer part = all.slice(all.position(), Math.min(chunk, all.remaining()));
			all.position(all.position() + part.remaining());
			for (Optional<ByteBuffer> next = this.reader.read(part); next.isPresent(); next = this.reader.read(part)) {
				lengths.add(next.get().remaining());
				assertThat(next.get().isReadOnly()).isTrue();
				for (int i = 0; next.get().hasRemaining(); i++) {
					assertThat(next.get().get()).isEqualTo((byte) i);
				}
			}
			assertThat(part.hasRemaining()).isFalse();
		}
		assertThat(lengths).containsExactly(0, 1, 127, 128, 300, 0);
		assertThat(this.reader.isInsideMessage()).isFalse();
	}

	private static void frame(ByteBuffer target, int length) {
		Varint.write(length, target);
		for (int i = 0; i < length; i++) {
			target.put((byte) i);
		}
	}

	@Test
	void aLengthAtTheLimitIsReadAndOneMoreIsNot() throws DecodeException {
		assertThat(this.reader.read(ByteBuffer.wrap(new byte[] { (byte) 0xAC, 0x02 }))).isEmpty();
		assertThat(this.reader.isInsideMessage()).isTrue();
		assertThatExceptionOfType(DecodeException.class)
			.isThrownBy(() -> new LengthPrefixedReader(300).read(ByteBuffer.wrap(new byte[] { (byte) 0xAD, 0x02 })))
			.withMessageContaining("301")
			.withMessageContaining("300");
	}

	@Test
	void aLengthWithoutEndFailsAtTheByteThatIsTooMuch() throws DecodeException { // ID-varint
		assertThat(this.reader.read(ByteBuffer.wrap(new byte[] { (byte) 0x80 }))).isEmpty();
		assertThat(this.reader.isInsideMessage()).isTrue();
		assertThatExceptionOfType(DecodeException.class)
			.isThrownBy(() -> this.reader.read(ByteBuffer.wrap(new byte[] { (byte) 0x80 })));
	}

	@Test
	void aLengthThatIsNotMinimalIsRefused() {
		assertThatExceptionOfType(DecodeException.class)
			.isThrownBy(() -> this.reader.read(ByteBuffer.wrap(new byte[] { (byte) 0x81, 0 })));
	}

}

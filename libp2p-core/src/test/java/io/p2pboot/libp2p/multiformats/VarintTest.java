package io.p2pboot.libp2p.multiformats;

import java.nio.ByteBuffer;
import java.util.Random;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/** Values of multiformats/go-varint, varint_test.go, and of unsigned-varint's README. */
class VarintTest {

	private static ByteBuffer written(long value) {
		ByteBuffer buffer = ByteBuffer.allocate(Varint.MAX_BYTES);
		Varint.write(value, buffer);
		return buffer.flip();
	}

	@ParameterizedTest
	@CsvSource({ "0, 00", "1, 01", "127, 7f", "128, 8001", "255, ff01", "300, ac02", "16384, 808001",
			"9223372036854775807, ffffffffffffffff7f" })
	void writesAndReadsKnownValues(long value, String hex) throws DecodeException {
		assertThat(Vectors.hex(written(value))).isEqualTo(hex);
		assertThat(Varint.read(Vectors.bytes(hex))).isEqualTo(value);
		assertThat(Varint.size(value)).isEqualTo(hex.length() / 2);
	}

	@Test
	void everySmallValueComesBack() throws DecodeException {
		for (long value = 0; value < 1 << 16; value++) {
			ByteBuffer buffer = written(value);
			assertThat(buffer.remaining()).isEqualTo(Varint.size(value));
			assertThat(Varint.read(buffer)).isEqualTo(value);
			assertThat(buffer.hasRemaining()).isFalse();
		}
	}

	@Test
	void valuesOfEveryLengthComeBack() throws DecodeException {
		Random random = new Random(1);
		for (int round = 0; round < 100_000; round++) {
			long value = random.nextLong() >>> (1 + random.nextInt(63));
			assertThat(Varint.read(written(value))).isEqualTo(value);
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "ffffffffffffffff80", "ffffffffffffffffffffffffffffffffffffffffffffffff",
			"ffffffffffffffffffffff00", "80808080808080808001", "ffffffffffffffffff01" })
	void refusesMoreThanNineBytes(String hex) {
		ByteBuffer source = Vectors.bytes(hex);
		assertThatExceptionOfType(DecodeException.class).isThrownBy(() -> Varint.read(source));
		assertThat(source.position()).isLessThanOrEqualTo(Varint.MAX_BYTES);
	}

	@ParameterizedTest
	@ValueSource(strings = { "8100", "8000", "ff8000", "808080808080808000" })
	void refusesWhatIsNotMinimal(String hex) {
		assertThatExceptionOfType(DecodeException.class).isThrownBy(() -> Varint.read(Vectors.bytes(hex)))
			.withMessageContaining("minimal");
	}

	@ParameterizedTest
	@ValueSource(strings = { "-", "80", "8181", "ffffffffffffffff" })
	void refusesWhatIsCutOff(String hex) {
		assertThatExceptionOfType(DecodeException.class).isThrownBy(() -> Varint.read(Vectors.bytes(hex)))
			.withMessageContaining("truncated");
	}

	@Test
	void aNegativeValueIsTheCallersFault() {
		assertThatIllegalArgumentException().isThrownBy(() -> Varint.size(-1));
		assertThatIllegalArgumentException().isThrownBy(() -> Varint.write(-1, ByteBuffer.allocate(10)));
	}

}

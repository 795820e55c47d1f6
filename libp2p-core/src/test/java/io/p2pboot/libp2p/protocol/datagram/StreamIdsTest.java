package io.p2pboot.libp2p.protocol.datagram;

import java.util.HexFormat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class StreamIdsTest {

	// The samples of RFC 9000, appendix A.1, and the bounds of each length.
	@ParameterizedTest
	@CsvSource({ "151288809941952652,c2197c5eff14e88c", "494878333,9d7f3e7d", "15293,7bbd", "37,25", "0,00", "63,3f",
			"64,4040", "16383,7fff", "16384,80004000", "1073741823,bfffffff", "1073741824,c000000040000000",
			"4611686018427387903,ffffffffffffffff" })
	void writesAndReadsAVariableLengthInteger(long id, String hex) throws NativeViolation {
		ByteBuf bytes = Unpooled.buffer();
		StreamIds.write(id, bytes);
		assertThat(ByteBufUtil.hexDump(bytes)).isEqualTo(hex);
		assertThat(StreamIds.size(id)).isEqualTo(hex.length() / 2);
		assertThat(StreamIds.read(bytes)).isEqualTo(id);
	}

	@Test
	void readsAFormThatIsNotTheShortest() throws NativeViolation {
		assertThat(StreamIds.read(Unpooled.wrappedBuffer(HexFormat.of().parseHex("4025")))).isEqualTo(37);
	}

	@ParameterizedTest
	@CsvSource({ "c2197c5eff14e88c", "9d7f3e7d", "7bbd", "25" })
	void refusesAnIdThatIsCutAnywhere(String hex) {
		byte[] whole = HexFormat.of().parseHex(hex);
		for (int length = 0; length < whole.length; length++) {
			ByteBuf cut = Unpooled.wrappedBuffer(whole, 0, length);
			assertThatExceptionOfType(NativeViolation.class).isThrownBy(() -> StreamIds.read(cut));
		}
	}

	@Test
	void tellsWhoOpensAStream() {
		assertThat(StreamIds.isOf(true, 0)).isTrue();
		assertThat(StreamIds.isOf(true, 4)).isTrue();
		assertThat(StreamIds.isOf(true, 1)).isFalse();
		assertThat(StreamIds.isOf(false, 1)).isTrue();
		assertThat(StreamIds.isUnidirectional(2)).isTrue();
		assertThat(StreamIds.isUnidirectional(3)).isTrue();
		assertThat(StreamIds.isUnidirectional(5)).isFalse();
	}

}

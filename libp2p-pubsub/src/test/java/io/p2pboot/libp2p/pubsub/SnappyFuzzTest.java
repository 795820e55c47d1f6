package io.p2pboot.libp2p.pubsub;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.p2pboot.libp2p.fuzz.Fuzzed;
import io.p2pboot.libp2p.multiformats.DecodeException;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class SnappyFuzzTest {

	private static final int MOST_BYTES = 1 << 20;

	static Stream<Arguments> blocks() {
		byte[] literal = "\5\20hello".getBytes(StandardCharsets.ISO_8859_1);
		return Fuzzed.seeds(literal, new byte[] { 8, 0, 'a', 13, 1 }, new byte[] { 0 });
	}

	/** A block may be 32 times as large as what it was packed into. */
	@MethodSource("blocks")
	@FuzzTest
	void block(byte[] data) {
		Fuzzed.check(3 * data.length, DecodeException.class, () -> SnappyBlock.decode(ByteBuffer.wrap(data), MOST_BYTES)
			.ifPresent((block) -> Fuzzed.require(block.remaining() <= MOST_BYTES, "a block that is too large")));
	}

}

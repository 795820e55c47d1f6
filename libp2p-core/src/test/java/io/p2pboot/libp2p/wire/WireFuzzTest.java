package io.p2pboot.libp2p.wire;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.stream.Stream;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.p2pboot.libp2p.fuzz.Fuzzed;
import io.p2pboot.libp2p.multiformats.DecodeException;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class WireFuzzTest {

	private static final int MOST_BYTES = 8192;

	static Stream<Arguments> messages() {
		return Fuzzed.seeds(new byte[] { 3, 1, 2, 3, 0, 1, 7 }, new byte[] { (byte) 0x80, 0x40, 1 });
	}

	@MethodSource("messages")
	@FuzzTest
	void messages(byte[] data) {
		Fuzzed.check(data.length, DecodeException.class, () -> {
			LengthPrefixedReader reader = new LengthPrefixedReader(MOST_BYTES);
			ByteBuffer source = ByteBuffer.wrap(data);
			Optional<ByteBuffer> message = reader.read(source);
			while (message.isPresent()) {
				Fuzzed.require(message.get().remaining() <= MOST_BYTES, "a message that is too long");
				message = reader.read(source);
			}
			Fuzzed.require(!source.hasRemaining(), "bytes that were not read");
		});
	}

}

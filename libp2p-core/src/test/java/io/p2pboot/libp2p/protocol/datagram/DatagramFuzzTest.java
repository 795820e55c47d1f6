package io.p2pboot.libp2p.protocol.datagram;

import java.nio.ByteBuffer;
import java.util.stream.Stream;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.p2pboot.libp2p.fuzz.Fuzzed;
import io.p2pboot.libp2p.multiformats.DecodeException;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class DatagramFuzzTest {

	private static final int MOST_BYTES = 1200;

	static Stream<Arguments> messages() {
		return Fuzzed.seeds(new byte[] { 3, 1, 2, 3, 0, 1, 7 }, new byte[] { (byte) 0xB0, 9, 1 });
	}

	@MethodSource("messages")
	@FuzzTest
	void messages(byte[] data) {
		Fuzzed.check(data.length, DecodeException.class, () -> {
			MessageReader reader = new MessageReader(MOST_BYTES);
			reader.read(Unpooled.wrappedBuffer(data),
					(message) -> Fuzzed.require(message.remaining() <= MOST_BYTES, "a message that is too long"));
			Fuzzed.require(reader.heldBytes() <= MOST_BYTES, "more is held than a message");
		});
	}

	static Stream<Arguments> natives() {
		ByteBuf known = Unpooled.buffer();
		StreamIds.write(1, known);
		ByteBuf unknown = Unpooled.buffer();
		StreamIds.write(1L << 40, unknown);
		return Fuzzed.seeds(ByteBufUtil.getBytes(known.writeByte(7)), ByteBufUtil.getBytes(unknown.writeByte(7)));
	}

	@MethodSource("natives")
	@FuzzTest
	void natives(byte[] data) {
		NativeSink sink = new NativeSink() {

			@Override
			public void received(long streamId, ByteBuffer payload) {
				Fuzzed.require(payload.remaining() < data.length, "more payload than input");
			}

			@Override
			public void unknown() {
			}

		};
		Fuzzed.check(2 * data.length, NativeViolation.class, () -> {
			NativeSession session = new NativeSession(true);
			session.opened(1, sink);
			session.on(Unpooled.wrappedBuffer(data), 0, 100, 8, sink);
			session.on(Unpooled.wrappedBuffer(data), 1, 100, 8, sink);
			session.expire(1000, sink);
		});
	}

}

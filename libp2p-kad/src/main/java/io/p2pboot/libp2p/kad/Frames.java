package io.p2pboot.libp2p.kad;

import java.nio.ByteBuffer;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.p2pboot.libp2p.multiformats.Varint;

/**
 * Messages behind their length. Stateless.
 */
final class Frames {

	private Frames() {
	}

	static ByteBuf frame(ByteBufAllocator allocator, ByteBuffer message) {
		ByteBuffer prefix = ByteBuffer.allocate(Varint.MAX_BYTES);
		Varint.write(message.remaining(), prefix);
		return allocator.buffer(prefix.position() + message.remaining())
			.writeBytes(prefix.flip())
			.writeBytes(message.duplicate());
	}

}

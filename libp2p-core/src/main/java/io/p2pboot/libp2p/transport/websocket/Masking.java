package io.p2pboot.libp2p.transport.websocket;

import java.nio.ByteBuffer;
import java.security.SecureRandom;

import io.netty.buffer.ByteBuf;

/**
 * The masks of a client's frames, RFC 6455 section 5.3. Each is unpredictable; they are
 * drawn in batches. Event loop only.
 */
final class Masking {

	private static final SecureRandom RANDOM = new SecureRandom();

	private static final int BATCH = 256;

	private final byte[] batch = new byte[BATCH * Integer.BYTES];

	private int used = BATCH;

	/** A mask that was not used before. */
	int next() {
		if (this.used == BATCH) {
			RANDOM.nextBytes(this.batch);
			this.used = 0;
		}
		int at = this.used++ * Integer.BYTES;
		return this.batch[at] << 24 | (this.batch[at + 1] & 0xFF) << 16 | (this.batch[at + 2] & 0xFF) << 8
				| this.batch[at + 3] & 0xFF;
	}

	/** Puts a mask on bytes, or takes it off. */
	static void apply(ByteBuf buffer, int index, int length, int mask) {
		if (mask == 0) {
			return;
		}
		int turned = mask;
		for (ByteBuffer part : parts(buffer, index, length)) {
			apply(part, turned);
			turned = Integer.rotateLeft(turned, part.remaining() % Integer.BYTES * Byte.SIZE);
		}
	}

	/** Outside of Netty's bounds checks, which cost more than the masking. */
	private static ByteBuffer[] parts(ByteBuf buffer, int index, int length) {
		return (buffer.nioBufferCount() == 1) ? new ByteBuffer[] { buffer.internalNioBuffer(index, length) }
				: buffer.nioBuffers(index, length);
	}

	private static void apply(ByteBuffer part, int mask) {
		long twice = (mask & 0xFFFFFFFFL) << 32 | mask & 0xFFFFFFFFL;
		int at = part.position();
		int end = part.limit();
		for (; at <= end - Long.BYTES; at += Long.BYTES) {
			part.putLong(at, part.getLong(at) ^ twice);
		}
		for (int shift = 24; at < end; at++, shift = (shift == 0) ? 24 : shift - 8) {
			part.put(at, (byte) (part.get(at) ^ mask >>> shift));
		}
	}

}

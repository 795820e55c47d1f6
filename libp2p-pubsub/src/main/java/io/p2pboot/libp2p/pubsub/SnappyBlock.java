package io.p2pboot.libp2p.pubsub;

import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * Reads Snappy's block format. Specification: google/snappy format_description.txt.
 * Stateless.
 */
final class SnappyBlock {

	private SnappyBlock() {
	}

	/**
	 * Reads a block. Nothing is allocated for a length that the input cannot reach: a
	 * copy makes at most 64 bytes of two.
	 */
	static Optional<ByteBuffer> decode(ByteBuffer source, int maxBytes) {
		long length = readLength(source);
		if (length < 0 || length > maxBytes || length > 32L * source.remaining() + 64) {
			return Optional.empty();
		}
		ByteBuffer target = ByteBuffer.allocate((int) length);
		while (source.hasRemaining()) {
			if (!element(source, target)) {
				return Optional.empty();
			}
		}
		return target.hasRemaining() ? Optional.empty() : Optional.of(target.flip());
	}

	private static long readLength(ByteBuffer source) {
		long value = 0;
		for (int shift = 0; shift < 35 && source.hasRemaining(); shift += 7) {
			byte next = source.get();
			value |= (long) (next & 0x7F) << shift;
			if (next >= 0) {
				return value;
			}
		}
		return -1;
	}

	private static boolean element(ByteBuffer source, ByteBuffer target) {
		int tag = source.get() & 0xFF;
		if ((tag & 3) == 0) {
			return literal(source, target, tag >>> 2);
		}
		int width = switch (tag & 3) {
			case 1 -> 1;
			case 2 -> 2;
			default -> 4;
		};
		if (source.remaining() < width) {
			return false;
		}
		long offset = little(source, width);
		if ((tag & 3) == 1) {
			return copy(target, offset | ((tag & 0xE0L) << 3), ((tag >>> 2) & 7) + 4);
		}
		return copy(target, offset, (tag >>> 2) + 1);
	}

	private static boolean literal(ByteBuffer source, ByteBuffer target, int code) {
		long length = code + 1L;
		if (code >= 60) {
			int width = code - 59;
			if (source.remaining() < width) {
				return false;
			}
			length = little(source, width) + 1;
		}
		if (length > source.remaining() || length > target.remaining()) {
			return false;
		}
		target.put(source.slice(source.position(), (int) length));
		source.position(source.position() + (int) length);
		return true;
	}

	private static long little(ByteBuffer source, int width) {
		long value = 0;
		for (int index = 0; index < width; index++) {
			value |= (source.get() & 0xFFL) << (8 * index);
		}
		return value;
	}

	/** Byte by byte: a copy may overlap what it writes. */
	private static boolean copy(ByteBuffer target, long offset, int length) {
		if (offset == 0 || offset > target.position() || length > target.remaining()) {
			return false;
		}
		for (int index = 0; index < length; index++) {
			target.put(target.get(target.position() - (int) offset));
		}
		return true;
	}

}

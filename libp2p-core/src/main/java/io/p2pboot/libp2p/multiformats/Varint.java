package io.p2pboot.libp2p.multiformats;

import java.nio.ByteBuffer;

/**
 * Unsigned varints: at most nine bytes (63 bits), minimally encoded. Stateless.
 * Specification: multiformats/unsigned-varint.
 */
public final class Varint {

	/** The most bytes of a varint. */
	public static final int MAX_BYTES = 9;

	private Varint() {
	}

	/**
	 * Returns how many bytes a value takes.
	 * @param value the value, not negative
	 * @return 1 to 9
	 */
	public static int size(long value) {
		checkNotNegative(value);
		return Math.max(1, (70 - Long.numberOfLeadingZeros(value)) / 7);
	}

	/**
	 * Writes a value.
	 * @param value the value, not negative
	 * @param target where to
	 */
	public static void write(long value, ByteBuffer target) {
		checkNotNegative(value);
		long rest = value;
		while (rest >= 0x80) {
			target.put((byte) (rest | 0x80));
			rest >>>= 7;
		}
		target.put((byte) rest);
	}

	/**
	 * Reads a value.
	 * @param source where from
	 * @return the value
	 * @throws DecodeException if it is truncated, too long or not minimal
	 */
	public static long read(ByteBuffer source) throws DecodeException {
		long value = 0;
		for (int index = 0; index < MAX_BYTES; index++) {
			if (!source.hasRemaining()) {
				throw new DecodeException("A varint is truncated after " + index + " bytes");
			}
			byte next = source.get();
			value |= (long) (next & 0x7F) << (7 * index);
			if (next >= 0) {
				if (next == 0 && index > 0) {
					throw new DecodeException("A varint of " + (index + 1) + " bytes is not minimal");
				}
				return value;
			}
		}
		throw new DecodeException("A varint is longer than " + MAX_BYTES + " bytes");
	}

	private static void checkNotNegative(long value) {
		if (value < 0) {
			throw new IllegalArgumentException("A varint must not be negative, was " + value);
		}
	}

}

package io.p2pboot.libp2p.pubsub.gossip;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Writes protobuf fields into an array that grows. Not thread-safe.
 */
final class FieldWriter {

	private byte[] bytes;

	private int size;

	FieldWriter(int capacity) {
		this.bytes = new byte[Math.max(16, capacity)];
	}

	int size() {
		return this.size;
	}

	FieldWriter number(int field, long value) {
		varint((long) field << 3);
		varint(value);
		return this;
	}

	FieldWriter bytes(int field, ByteBuffer content) {
		header(field, content.remaining());
		return raw(content);
	}

	FieldWriter message(int field, FieldWriter content) {
		header(field, content.size);
		return raw(ByteBuffer.wrap(content.bytes, 0, content.size));
	}

	/** The tag and the length of a field of bytes, which follow. */
	FieldWriter header(int field, int length) {
		varint((long) field << 3 | 2);
		varint(length);
		return this;
	}

	FieldWriter raw(ByteBuffer content) {
		int length = content.remaining();
		ensure(length);
		content.duplicate().get(this.bytes, this.size, length);
		this.size += length;
		return this;
	}

	void varint(long value) {
		ensure(10);
		long rest = value;
		while ((rest & ~0x7FL) != 0) {
			this.bytes[this.size++] = (byte) (rest | 0x80);
			rest >>>= 7;
		}
		this.bytes[this.size++] = (byte) rest;
	}

	private void ensure(int more) {
		if (this.size + more > this.bytes.length) {
			this.bytes = Arrays.copyOf(this.bytes, Math.max(2 * this.bytes.length, this.size + more));
		}
	}

	/** What was written; shares the array. */
	ByteBuffer written() {
		return ByteBuffer.wrap(this.bytes, 0, this.size);
	}

	/** How many bytes a field of bytes takes with its tag and its length. */
	static int sizeOf(int field, int length) {
		return varintSize((long) field << 3) + varintSize(length) + length;
	}

	static int varintSize(long value) {
		return Math.max(1, (70 - Long.numberOfLeadingZeros(value)) / 7);
	}

}

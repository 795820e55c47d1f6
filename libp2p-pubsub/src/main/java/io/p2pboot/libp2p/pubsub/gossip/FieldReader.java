package io.p2pboot.libp2p.pubsub.gossip;

import java.nio.ByteBuffer;
import java.util.Optional;

import io.p2pboot.libp2p.multiformats.DecodeException;

/**
 * Walks over the fields of one protobuf message in place. Groups are refused: no message
 * of the protocol has them. Not thread-safe.
 */
final class FieldReader {

	private static final int VARINT = 0;

	private static final int FIXED64 = 1;

	private static final int LENGTH = 2;

	private static final int FIXED32 = 5;

	private final byte[] bytes;

	private final int end;

	private int position;

	private int field;

	private int wireType;

	private long value;

	private int start;

	private int stop;

	FieldReader(byte[] bytes, int start, int end) {
		this.bytes = bytes;
		this.position = start;
		this.end = end;
	}

	/** Moves to the next field; false at the end. */
	boolean next() throws DecodeException {
		if (this.position == this.end) {
			return false;
		}
		long tag = varint();
		if (tag >>> 3 == 0 || tag >>> 3 > (1 << 29) - 1) {
			throw new DecodeException("The field number " + (tag >>> 3) + " is not valid");
		}
		this.field = (int) (tag >>> 3);
		this.wireType = (int) (tag & 7);
		switch (this.wireType) {
			case VARINT -> this.value = varint();
			case FIXED64 -> skip(8);
			case FIXED32 -> skip(4);
			case LENGTH -> {
				long length = varint();
				if (length < 0 || length > this.end - this.position) {
					throw new DecodeException("A field of " + Long.toUnsignedString(length)
							+ " bytes is longer than the " + (this.end - this.position) + " that remain");
				}
				skip((int) length);
			}
			default -> throw new DecodeException("The wire type " + this.wireType + " is not used");
		}
		return true;
	}

	private void skip(int length) throws DecodeException {
		if (length > this.end - this.position) {
			throw new DecodeException("A message ends inside a field");
		}
		this.start = this.position;
		this.position += length;
		this.stop = this.position;
	}

	private long varint() throws DecodeException {
		long result = 0;
		for (int shift = 0; shift < 70; shift += 7) {
			if (this.position == this.end) {
				throw new DecodeException("A message ends inside a number");
			}
			byte next = this.bytes[this.position++];
			result |= (long) (next & 0x7F) << shift;
			if (next >= 0) {
				return result;
			}
		}
		throw new DecodeException("A number is longer than 10 bytes");
	}

	int field() {
		return this.field;
	}

	boolean isBytes() {
		return this.wireType == LENGTH;
	}

	boolean isNumber() {
		return this.wireType == VARINT;
	}

	/** The number of a varint field. */
	long value() {
		return this.value;
	}

	/** Where the content of a field of bytes begins. */
	int start() {
		return this.start;
	}

	/** Where it ends. */
	int stop() {
		return this.stop;
	}

	int length() {
		return this.stop - this.start;
	}

	/** The content of a field of bytes; shares the array. */
	ByteBuffer content() {
		return ByteBuffer.wrap(this.bytes, this.start, length()).slice();
	}

	/** The content as the name of a topic; empty if it is none. */
	Optional<String> topic() {
		return Rpc.topic(this.bytes, this.start, this.stop);
	}

	/** A reader of the content of this field. */
	FieldReader nested() {
		return new FieldReader(this.bytes, this.start, this.stop);
	}

}

package io.p2pboot.libp2p.protocol.datagram;

import java.nio.ByteBuffer;
import java.util.function.Consumer;

import io.netty.buffer.ByteBuf;
import io.p2pboot.libp2p.multiformats.DecodeException;
import io.p2pboot.libp2p.multiformats.Varint;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a stream into messages, each behind its length as an unsigned varint. Holds at
 * most one message that has begun, and no more memory than has arrived of it. One thread.
 */
final class MessageReader {

	private static final int FIRST_PIECE_BYTES = 256;

	private final int maxBytes;

	/** How many bytes the length of the longest message takes. */
	private final int maxLengthBytes;

	private int lengthBytes;

	private int length;

	private boolean inBody;

	private byte @Nullable [] piece;

	private int filled;

	/**
	 * Creates a reader.
	 * @param maxBytes the longest message, in bytes
	 */
	MessageReader(int maxBytes) {
		this.maxBytes = maxBytes;
		this.maxLengthBytes = Varint.size(maxBytes);
	}

	/** Whether a message has begun and not ended. */
	boolean isWithinMessage() {
		return this.inBody || this.lengthBytes > 0;
	}

	/** How much memory the message that has begun takes. */
	int heldBytes() {
		byte[] present = this.piece;
		return (present == null) ? 0 : present.length;
	}

	/**
	 * Reads all that there is.
	 * @param in the bytes, consumed
	 * @param sink takes each message, in a buffer of its own
	 * @throws DecodeException at the first byte that tells that a length is too large,
	 * endless or not minimal; nothing may be read afterwards
	 */
	void read(ByteBuf in, Consumer<ByteBuffer> sink) throws DecodeException {
		while (in.isReadable()) {
			if (!this.inBody) {
				readLength(in.readByte());
			}
			else {
				readBody(in);
			}
			if (this.inBody && this.filled == this.length) {
				sink.accept(take());
			}
		}
	}

	private void readLength(byte next) throws DecodeException {
		this.length |= (next & 0x7F) << (7 * this.lengthBytes);
		this.lengthBytes++;
		boolean last = next >= 0;
		if (this.length > this.maxBytes || !last && this.lengthBytes == this.maxLengthBytes) {
			throw new DecodeException("A datagram is longer than " + this.maxBytes + " bytes");
		}
		if (last && next == 0 && this.lengthBytes > 1) {
			throw new DecodeException(
					"The length of a datagram takes " + this.lengthBytes + " bytes, which is not minimal");
		}
		if (last) {
			this.lengthBytes = 0;
			this.inBody = true;
		}
	}

	private void readBody(ByteBuf in) {
		int count = Math.min(in.readableBytes(), this.length - this.filled);
		byte[] target = room(this.filled + count);
		in.readBytes(target, this.filled, count);
		this.filled += count;
	}

	/** Memory grows with what arrives, never with what a length promises. */
	private byte[] room(int needed) {
		byte[] present = this.piece;
		if (present != null && present.length >= needed) {
			return present;
		}
		int size = (needed == this.length) ? needed
				: Math.min(this.length, Math.max(FIRST_PIECE_BYTES, Math.max(needed, 2 * this.filled)));
		byte[] grown = new byte[size];
		if (present != null) {
			System.arraycopy(present, 0, grown, 0, this.filled);
		}
		this.piece = grown;
		return grown;
	}

	private ByteBuffer take() {
		byte[] whole = this.piece;
		ByteBuffer message = (whole == null) ? ByteBuffer.allocate(0) : ByteBuffer.wrap(whole, 0, this.length);
		this.piece = null;
		this.filled = 0;
		this.length = 0;
		this.inBody = false;
		return message;
	}

}

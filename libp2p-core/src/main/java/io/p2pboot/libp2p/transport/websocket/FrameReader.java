package io.p2pboot.libp2p.transport.websocket;

import java.util.function.LongSupplier;

import io.netty.buffer.ByteBuf;
import io.p2pboot.libp2p.netty.Allowance;

/**
 * Reads frames from bytes, cut anywhere. The payload of data frames is passed on as it
 * arrives, never gathered, so a frame may be of any length. Holds at most one frame
 * header and one control frame's payload. Event loop only. RFC 6455 section 5.
 */
final class FrameReader {

	static final int CONTINUATION = 0x0;

	static final int TEXT = 0x1;

	static final int BINARY = 0x2;

	static final int CLOSE = 0x8;

	static final int PING = 0x9;

	static final int PONG = 0xA;

	/** RFC 6455 section 5.5: the longest payload of a control frame. */
	static final int MAX_CONTROL_BYTES = 125;

	/**
	 * Frames with less payload are tiny: they cost us more than they cost the peer, and
	 * so does each control frame. js-libp2p sends the two bytes of a Noise frame's length
	 * in a frame of their own.
	 */
	static final int TINY_BYTES = 16;

	/** How many tiny frames may come at once. */
	static final int TINY_BURST = 2000;

	/** How many more of them a second. */
	static final int TINY_PER_SECOND = 200;

	/** How many more a frame of data allows that is not tiny. */
	static final int TINY_PER_FRAME = 2;

	/** So much payload allows one more: writers that cut messages leave small rests. */
	static final int BYTES_PER_TINY = 512;

	private static final int FIN = 0x80;

	private static final int RESERVED_BITS = 0x70;

	private static final int MASKED = 0x80;

	private static final int LENGTH_16 = 126;

	private static final int LENGTH_64 = 127;

	private static final int MAX_HEADER_BYTES = 14;

	private final boolean expectMasked;

	private final Sink sink;

	private final LongSupplier nanoTime;

	private final Allowance tiny;

	private final byte[] header = new byte[MAX_HEADER_BYTES];

	private final byte[] control = new byte[MAX_CONTROL_BYTES];

	private int headerBytes;

	private int headerNeeded = 2;

	private boolean insideFrame;

	private boolean insideMessage;

	private int opcode;

	private long payloadLeft;

	private int mask;

	private int controlBytes;

	/**
	 * Creates a reader.
	 * @param expectMasked whether the peer is a client, which has to mask
	 * @param sink gets what is read
	 * @param nanoTime a monotonic clock, in nanoseconds
	 */
	FrameReader(boolean expectMasked, Sink sink, LongSupplier nanoTime) {
		this.expectMasked = expectMasked;
		this.sink = sink;
		this.nanoTime = nanoTime;
		this.tiny = Allowance.perSecond(TINY_BURST, TINY_PER_SECOND, nanoTime.getAsLong());
	}

	/**
	 * Reads all of a buffer. The buffer is ours alone: masks are taken off in place.
	 * @param in the buffer, not released here
	 * @throws FrameViolation if the peer broke the protocol; nothing is to be read after
	 */
	void read(ByteBuf in) throws FrameViolation {
		while (in.isReadable()) {
			if (this.insideFrame) {
				readPayload(in);
			}
			else {
				readHeader(in.readByte());
			}
		}
	}

	private void readHeader(byte next) throws FrameViolation {
		this.header[this.headerBytes++] = next;
		if (this.headerBytes == 2) {
			checkFlags();
			int length = this.header[1] & ~MASKED & 0xFF;
			int extended = (length == LENGTH_64) ? Long.BYTES : (length == LENGTH_16) ? Short.BYTES : 0;
			this.headerNeeded = 2 + extended + (this.expectMasked ? Integer.BYTES : 0);
		}
		if (this.headerBytes == this.headerNeeded) {
			beginFrame();
		}
	}

	private void checkFlags() throws FrameViolation {
		int first = this.header[0];
		int code = first & 0xF;
		boolean fin = (first & FIN) != 0;
		if ((first & RESERVED_BITS) != 0) {
			throw violation("reserved bits are set, but no extension was negotiated");
		}
		if (((this.header[1] & MASKED) != 0) != this.expectMasked) {
			throw violation(this.expectMasked ? "a client's frame is not masked" : "a server's frame is masked");
		}
		switch (code) {
			case CLOSE, PING, PONG -> {
				if (!fin || (this.header[1] & ~MASKED & 0xFF) > MAX_CONTROL_BYTES) {
					throw violation("a control frame is fragmented or longer than " + MAX_CONTROL_BYTES + " bytes");
				}
			}
			case BINARY, CONTINUATION -> {
				if (this.insideMessage != (code == CONTINUATION)) {
					throw violation("opcode " + code + (this.insideMessage ? " within" : " outside") + " a message");
				}
				this.insideMessage = !fin;
			}
			case TEXT -> throw new FrameViolation(FrameViolation.UNSUPPORTED_DATA, "a text frame; libp2p is binary");
			default -> throw violation("unknown opcode " + code);
		}
		this.opcode = code;
	}

	private void beginFrame() throws FrameViolation {
		int length = this.header[1] & ~MASKED & 0xFF;
		int extended = this.headerNeeded - 2 - (this.expectMasked ? Integer.BYTES : 0);
		this.payloadLeft = (extended == 0) ? length : bigEndian(2, extended);
		// The shortest form has to be used, and the highest bit is 0.
		if ((extended == Short.BYTES && this.payloadLeft < LENGTH_16)
				|| (extended == Long.BYTES && this.payloadLeft >>> 16 == 0) || this.payloadLeft < 0) {
			throw violation("length " + Long.toUnsignedString(this.payloadLeft) + " in " + extended + " bytes");
		}
		count();
		this.mask = this.expectMasked ? (int) bigEndian(2 + extended, Integer.BYTES) : 0;
		this.headerBytes = 0;
		this.headerNeeded = 2;
		this.controlBytes = 0;
		this.insideFrame = true;
		endFrameIfDone();
	}

	private void count() throws FrameViolation {
		if (this.opcode < CLOSE && this.payloadLeft >= TINY_BYTES) {
			this.tiny.give(TINY_PER_FRAME, 1);
			this.tiny.give(this.payloadLeft, BYTES_PER_TINY);
		}
		else if (!this.tiny.take(this.nanoTime.getAsLong())) {
			throw new FrameViolation(FrameViolation.POLICY_VIOLATION,
					"more than " + TINY_BURST + " control frames and frames of less than " + TINY_BYTES + " bytes, and "
							+ TINY_PER_SECOND + " a second");
		}
	}

	private long bigEndian(int offset, int count) {
		long value = 0;
		for (int i = offset; i < offset + count; i++) {
			value = value << 8 | this.header[i] & 0xFF;
		}
		return value;
	}

	private void readPayload(ByteBuf in) {
		int length = (int) Math.min(this.payloadLeft, in.readableBytes());
		Masking.apply(in, in.readerIndex(), length, this.mask);
		this.mask = Integer.rotateLeft(this.mask, length % Integer.BYTES * Byte.SIZE);
		this.payloadLeft -= length;
		if (this.opcode >= CLOSE) {
			in.readBytes(this.control, this.controlBytes, length);
			this.controlBytes += length;
		}
		else {
			this.sink.payload(in.readRetainedSlice(length));
		}
		endFrameIfDone();
	}

	private void endFrameIfDone() {
		if (this.payloadLeft > 0) {
			return;
		}
		this.insideFrame = false;
		switch (this.opcode) {
			case PING -> this.sink.ping(this.control, this.controlBytes);
			case CLOSE -> this.sink.close();
			default -> {
				// Data was passed on, and a pong asks for nothing.
			}
		}
	}

	private static FrameViolation violation(String message) {
		return new FrameViolation(FrameViolation.PROTOCOL_ERROR, message);
	}

	/** Gets what is read. */
	interface Sink {

		/** Bytes of a message; the callee releases them. */
		void payload(ByteBuf bytes);

		/** A ping; the content is only valid during the call. */
		void ping(byte[] content, int length);

		/** The peer closes; nothing that follows counts. */
		void close();

	}

}

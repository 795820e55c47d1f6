package io.p2pboot.libp2p.multistream;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

import io.netty.buffer.ByteBuf;
import io.p2pboot.libp2p.multiformats.DecodeException;
import org.jspecify.annotations.Nullable;

/**
 * Cuts the incoming bytes into messages, and takes not one byte more than the message
 * that is returned. Holds at most one message. Event loop only.
 */
final class MessageReader {

	/** Stands for bytes that are not UTF-8; no name that we support contains it. */
	static final char NOT_UTF_8 = '\uFFFD';

	/** The length of a message of at most 1,024 bytes takes at most this many. */
	private static final int MAX_LENGTH_BYTES = 2;

	private static final int INITIAL_BYTES = 64;

	private static final int LENGTH_UNKNOWN = -1;

	private byte[] body = new byte[INITIAL_BYTES];

	private int filled;

	private int length = LENGTH_UNKNOWN;

	private int partialLength;

	private int lengthBytes;

	/**
	 * Reads one message.
	 * @param in the bytes that arrived
	 * @return the message without its newline; {@code null} if it has not arrived whole,
	 * and all bytes were taken
	 * @throws DecodeException if it is too long, empty or does not end with a newline
	 */
	@Nullable String read(ByteBuf in) throws DecodeException {
		while (this.length == LENGTH_UNKNOWN) {
			if (!in.isReadable()) {
				return null;
			}
			readLength(in.readByte());
		}
		int count = Math.min(in.readableBytes(), this.length - this.filled);
		if (this.filled + count > this.body.length) {
			// Grows with what has arrived, not with what was announced.
			this.body = Arrays.copyOf(this.body, Math.max(this.filled + count, this.body.length * 2));
		}
		in.readBytes(this.body, this.filled, count);
		this.filled += count;
		return (this.filled < this.length) ? null : finish();
	}

	private void readLength(byte next) throws DecodeException {
		if (next == 0) {
			throw new DecodeException((this.lengthBytes == 0) ? "A message of 0 bytes has no newline"
					: "A message's length is not minimal");
		}
		this.partialLength |= (next & 0x7F) << (7 * this.lengthBytes);
		this.lengthBytes++;
		if (next < 0) {
			if (this.lengthBytes == MAX_LENGTH_BYTES) {
				throw new DecodeException("A message is longer than " + Multistream.MAX_MESSAGE_BYTES + " bytes");
			}
			return;
		}
		if (this.partialLength > Multistream.MAX_MESSAGE_BYTES) {
			throw new DecodeException(
					"A message of " + this.partialLength + " bytes is longer than " + Multistream.MAX_MESSAGE_BYTES);
		}
		this.length = this.partialLength;
	}

	private String finish() throws DecodeException {
		int last = this.length - 1;
		if (this.body[last] != '\n') {
			throw new DecodeException("A message of " + this.length + " bytes does not end with a newline");
		}
		String message = new String(this.body, 0, last, StandardCharsets.UTF_8);
		this.filled = 0;
		this.length = LENGTH_UNKNOWN;
		this.partialLength = 0;
		this.lengthBytes = 0;
		return message;
	}

}

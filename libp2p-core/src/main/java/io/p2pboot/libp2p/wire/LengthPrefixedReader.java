package io.p2pboot.libp2p.wire;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Optional;

import io.p2pboot.libp2p.multiformats.DecodeException;
import io.p2pboot.libp2p.multiformats.Varint;

/**
 * Cuts a stream of bytes into the messages that it holds, each prefixed with its length
 * as an unsigned varint. Nothing is allocated for a length before its bytes are there.
 * Not thread-safe.
 */
public final class LengthPrefixedReader {

	private final int maxBytes;

	private final ByteBuffer prefix;

	/** The length of the message that is being read, or -1 while its prefix is. */
	private int length = -1;

	private ByteArrayOutputStream body = new ByteArrayOutputStream(0);

	/**
	 * Creates a reader.
	 * @param maxBytes the longest message, without its prefix; positive
	 */
	public LengthPrefixedReader(int maxBytes) {
		this.maxBytes = maxBytes;
		this.prefix = ByteBuffer.allocate(Varint.size(maxBytes));
	}

	/**
	 * Reads up to the end of the next message.
	 * @param source the bytes that have arrived; consumed up to that end, else all
	 * @return the message, read-only; empty if more bytes are needed
	 * @throws DecodeException if a length is too long or not minimal; the reader is of no
	 * use any more
	 */
	public Optional<ByteBuffer> read(ByteBuffer source) throws DecodeException {
		while (this.length < 0) {
			if (!source.hasRemaining()) {
				return Optional.empty();
			}
			readPrefix(source.get());
		}
		int missing = this.length - this.body.size();
		if (this.body.size() == 0 && source.remaining() >= missing) {
			ByteBuffer whole = source.slice(source.position(), missing).asReadOnlyBuffer();
			source.position(source.position() + missing);
			this.length = -1;
			return Optional.of(whole);
		}
		byte[] part = new byte[Math.min(missing, source.remaining())];
		source.get(part);
		this.body.write(part, 0, part.length);
		if (part.length < missing) {
			return Optional.empty();
		}
		ByteBuffer gathered = ByteBuffer.wrap(this.body.toByteArray()).asReadOnlyBuffer();
		this.body = new ByteArrayOutputStream(0);
		this.length = -1;
		return Optional.of(gathered);
	}

	private void readPrefix(byte next) throws DecodeException {
		this.prefix.put(next);
		if (next < 0) {
			if (!this.prefix.hasRemaining()) {
				throw new DecodeException("A message is longer than " + this.maxBytes + " bytes");
			}
			return;
		}
		this.prefix.flip();
		long value = Varint.read(this.prefix);
		this.prefix.clear();
		if (value > this.maxBytes) {
			throw new DecodeException("A message of " + value + " bytes is longer than " + this.maxBytes);
		}
		this.length = (int) value;
	}

	/**
	 * Returns how much of a message that has begun is held.
	 * @return the number of bytes; 0 if no message has begun
	 */
	public int heldBytes() {
		return this.body.size();
	}

	/**
	 * Returns whether the bytes so far end inside a message.
	 * @return {@code false} at the beginning and after each whole message
	 */
	public boolean isInsideMessage() {
		return this.length >= 0 || this.prefix.position() > 0;
	}

}

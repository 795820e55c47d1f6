package io.p2pboot.libp2p.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;

import org.jspecify.annotations.Nullable;

/**
 * Reads the frames of a {@link JournalFormat}. What is damaged is passed over, byte by
 * byte, up to the next whole frame. One thread, which blocks on the source; holds two of
 * the longest frames, however long the file is.
 */
final class FrameReader {

	/**
	 * What was read beside the frames.
	 *
	 * @param format the form of the file, to append more in; null if it was empty
	 * @param damagedBytes how many bytes belong to no frame
	 */
	record Result(@Nullable JournalFormat format, long damagedBytes) {
	}

	private final JournalKind kind;

	private final ReadableByteChannel source;

	private final ByteBuffer window;

	private final Journal.Taker taker;

	private boolean ended;

	private long damagedBytes;

	/** What the frames were written in; null if there was no header. */
	private @Nullable JournalFormat format;

	private FrameReader(JournalKind kind, ReadableByteChannel source, Journal.Taker taker) {
		this.kind = kind;
		this.source = source;
		this.window = ByteBuffer.allocate(2 * (JournalFormat.FRAME_BYTES + kind.maxPayloadBytes())).flip();
		this.taker = taker;
	}

	/**
	 * Reads a file from its start to its end.
	 * @param kind what it holds
	 * @param source the file
	 * @param taker takes the payloads, in order
	 * @return what else was found
	 * @throws IOException if it cannot be read, or is another kind of file
	 */
	static Result read(JournalKind kind, ReadableByteChannel source, Journal.Taker taker) throws IOException {
		FrameReader reader = new FrameReader(kind, source, taker);
		reader.readAll();
		return new Result(reader.format, reader.damagedBytes);
	}

	private void readAll() throws IOException {
		if (!fill(JournalFormat.HEADER_BYTES)) {
			check(this.window.hasRemaining());
			this.damagedBytes = this.window.remaining();
			return;
		}
		check(true);
		int start = this.window.position();
		JournalFormat first = new JournalFormat(this.kind, this.window.getLong(start + Long.BYTES));
		JournalFormat second = new JournalFormat(this.kind, this.window.getLong(start + 2 * Long.BYTES));
		this.format = first;
		if (!this.window.slice(start, JournalFormat.HEADER_BYTES).equals(first.header())) {
			this.damagedBytes++;
		}
		this.window.position(start + JournalFormat.HEADER_BYTES);
		while (fill(JournalFormat.FRAME_BYTES)) {
			if (!take(first) && (second.equals(first) || !take(second))) {
				this.window.get();
				this.damagedBytes++;
			}
		}
		this.damagedBytes += this.window.remaining();
	}

	private void check(boolean present) throws IOException {
		if (present && !JournalFormat.isHeader(this.kind, this.window)) {
			throw new IOException("it holds something else than " + this.kind.holds());
		}
	}

	/** Takes the frame that begins here; false if none does. */
	private boolean take(JournalFormat format) throws IOException {
		int length = this.window.getInt(this.window.position());
		if (length < 1 || length > this.kind.maxPayloadBytes() || !fill(JournalFormat.FRAME_BYTES + length)) {
			return false;
		}
		int start = this.window.position() + JournalFormat.FRAME_BYTES;
		if (this.window.getInt(start - Integer.BYTES) != format.checksum(this.window, start, length)) {
			return false;
		}
		this.format = format;
		this.taker.take(this.window.slice(start, length));
		this.window.position(start + length);
		return true;
	}

	/** Reads until so many bytes are there; false if the source ends before. */
	private boolean fill(int bytes) throws IOException {
		if (this.window.remaining() >= bytes) {
			return true;
		}
		if (!this.ended) {
			this.window.compact();
			while (!this.ended && this.window.position() < bytes) {
				this.ended = this.source.read(this.window) < 0;
			}
			this.window.flip();
		}
		return this.window.remaining() >= bytes;
	}

}

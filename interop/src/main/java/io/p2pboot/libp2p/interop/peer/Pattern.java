package io.p2pboot.libp2p.interop.peer;

import java.nio.ByteBuffer;

/**
 * The bytes that requests send: each follows from its offset, so that a receiver can
 * check them without knowing how many there are. Counts what went by; for one thread at a
 * time.
 */
public final class Pattern {

	private long offset;

	private boolean equal = true;

	/**
	 * Begins at offset 0.
	 */
	public Pattern() {
	}

	static byte at(long i) {
		return (byte) (i * 167 + (i >>> 8) * 13 + (i >>> 16) * 7);
	}

	/**
	 * Fills a buffer with the next bytes.
	 * @param buffer what to fill; its position moves to its limit
	 */
	public void fill(ByteBuffer buffer) {
		while (buffer.hasRemaining()) {
			buffer.put(at(this.offset++));
		}
	}

	/**
	 * Compares received bytes with the next ones.
	 * @param buffer the bytes that remain; consumed
	 */
	public void check(ByteBuffer buffer) {
		while (buffer.hasRemaining()) {
			if (buffer.get() != at(this.offset++)) {
				this.equal = false;
			}
		}
	}

	/**
	 * Returns whether all that was checked was right.
	 * @return {@code true} until a byte differs
	 */
	public boolean isEqual() {
		return this.equal;
	}

	/**
	 * Returns how many bytes were filled or checked.
	 * @return the number of bytes
	 */
	public long bytes() {
		return this.offset;
	}

}

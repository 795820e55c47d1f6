package io.p2pboot.libp2p.journal;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.zip.CRC32C;

/**
 * How a {@link Journal} looks: {@value #HEADER_BYTES} bytes of header (a magic text, then
 * a random number twice), then frames. A frame is the length of its payload (4 bytes), a
 * checksum (4 bytes) and the payload. The random number is part of every checksum: what a
 * peer tells of itself can hold no bytes that pass for a frame of their own. Immutable.
 *
 * @param kind what it holds
 * @param salt the random number
 */
record JournalFormat(JournalKind kind, long salt) {

	static final int HEADER_BYTES = 24;

	/** What stands before the payload of a frame. */
	static final int FRAME_BYTES = 8;

	static JournalFormat create(JournalKind kind) {
		return new JournalFormat(kind, new SecureRandom().nextLong());
	}

	private static byte[] magic(JournalKind kind) {
		return kind.magic().getBytes(StandardCharsets.US_ASCII);
	}

	ByteBuffer header() {
		return ByteBuffer.allocate(HEADER_BYTES).put(magic(this.kind)).putLong(this.salt).putLong(this.salt).flip();
	}

	/**
	 * Whether a header is one of these: half of its magic text is enough, since a disk
	 * may have damaged it, and no other file begins with so much of it.
	 */
	static boolean isHeader(JournalKind kind, ByteBuffer header) {
		byte[] magic = magic(kind);
		int same = 0;
		for (int i = 0; i < magic.length && i < header.remaining(); i++) {
			same += (header.get(header.position() + i) == magic[i]) ? 1 : 0;
		}
		return same >= Math.min(magic.length / 2, header.remaining());
	}

	/** The checksum of the payload that a buffer holds from an index on. */
	int checksum(ByteBuffer buffer, int index, int length) {
		CRC32C checksum = new CRC32C();
		checksum.update(ByteBuffer.allocate(Long.BYTES + Integer.BYTES).putLong(this.salt).putInt(length).flip());
		checksum.update(buffer.duplicate().limit(index + length).position(index));
		return (int) checksum.getValue();
	}

	ByteBuffer frame(byte[] payload) {
		if (payload.length < 1 || payload.length > this.kind.maxPayloadBytes()) {
			throw new IllegalArgumentException(
					"A payload has 1 to " + this.kind.maxPayloadBytes() + " bytes, was " + payload.length);
		}
		ByteBuffer frame = ByteBuffer.allocate(FRAME_BYTES + payload.length);
		frame.putInt(payload.length).putInt(0).put(payload);
		return frame.putInt(Integer.BYTES, checksum(frame, FRAME_BYTES, payload.length)).flip();
	}

}

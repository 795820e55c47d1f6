package io.p2pboot.libp2p.peerstore;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.zip.CRC32C;

/**
 * How a {@link PeerJournal} looks: {@value #HEADER_BYTES} bytes of header (a magic text,
 * then a random number twice), then frames. A frame is the length of its payload (4
 * bytes), a checksum (4 bytes) and the payload. The random number is part of every
 * checksum: what a peer tells of itself can hold no bytes that pass for a frame of their
 * own. Immutable.
 *
 * @param salt the random number
 */
record JournalFormat(long salt) {

	static final int HEADER_BYTES = 24;

	/** What stands before the payload of a frame. */
	static final int FRAME_BYTES = 8;

	static final int MAX_PAYLOAD_BYTES = PeerEntryCodec.MAX_BYTES;

	private static final byte[] MAGIC = "p2ppeer1".getBytes(StandardCharsets.US_ASCII);

	static JournalFormat create() {
		return new JournalFormat(new SecureRandom().nextLong());
	}

	ByteBuffer header() {
		return ByteBuffer.allocate(HEADER_BYTES).put(MAGIC).putLong(this.salt).putLong(this.salt).flip();
	}

	/**
	 * Whether a header is one of these: half of its magic text is enough, since a disk
	 * may have damaged it, and no other file begins with so much of it.
	 */
	static boolean isHeader(ByteBuffer header) {
		int same = 0;
		for (int i = 0; i < MAGIC.length && i < header.remaining(); i++) {
			same += (header.get(header.position() + i) == MAGIC[i]) ? 1 : 0;
		}
		return same >= Math.min(MAGIC.length / 2, header.remaining());
	}

	/** The checksum of the payload that a buffer holds from an index on. */
	int checksum(ByteBuffer buffer, int index, int length) {
		CRC32C checksum = new CRC32C();
		checksum.update(ByteBuffer.allocate(Long.BYTES + Integer.BYTES).putLong(this.salt).putInt(length).flip());
		checksum.update(buffer.duplicate().limit(index + length).position(index));
		return (int) checksum.getValue();
	}

	ByteBuffer frame(byte[] payload) {
		ByteBuffer frame = ByteBuffer.allocate(FRAME_BYTES + payload.length);
		frame.putInt(payload.length).putInt(0).put(payload);
		return frame.putInt(Integer.BYTES, checksum(frame, FRAME_BYTES, payload.length)).flip();
	}

}

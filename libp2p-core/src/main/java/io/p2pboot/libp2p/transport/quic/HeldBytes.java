package io.p2pboot.libp2p.transport.quic;

/**
 * How much the codec holds at most of what a peer has sent and nobody has read. The codec
 * does not tell, so it is what has come in packets, less what was delivered. Packets
 * carry other things than data too, and data comes twice: when all that could be read was
 * read, so much of the difference is forgiven as honest peers make. What is left then is
 * data behind a gap, which no reader can reach. Not thread-safe.
 */
final class HeldBytes {

	/**
	 * What is in each packet beside frames: a first byte, our id, a byte of the packet's
	 * number, and the tag (RFC 9000, section 17.3.1).
	 */
	static final int PACKET_BYTES = 1 + ConnectionIds.LENGTH + 1 + 16;

	/** How many bytes of a packet are acknowledgements and headers of frames. */
	static final int FRAME_BYTES = 64;

	/** One byte in so many may come twice. */
	static final int TWICE_ONE_IN = 32;

	/** What was held when counting began anew: it is not forgiven again. */
	private long carried;

	private long received;

	private long packets;

	private long delivered;

	/** A packet has come. */
	void packet(int bytes) {
		this.received += bytes;
		this.packets++;
	}

	/** Data was delivered, or discarded. */
	void delivered(int bytes) {
		this.delivered += bytes;
	}

	/** All that can be read has been read. */
	void settled() {
		start(Math.max(0, bytes() - this.packets * FRAME_BYTES - this.received / TWICE_ONE_IN));
	}

	/** No stream is open: the codec holds nothing. */
	void empty() {
		start(0);
	}

	private void start(long held) {
		this.carried = held;
		this.received = 0;
		this.packets = 0;
		this.delivered = 0;
	}

	/** How many bytes are held at most. */
	long bytes() {
		return Math.max(0, this.carried + this.received - this.packets * PACKET_BYTES - this.delivered);
	}

}

package io.p2pboot.libp2p.protocol.datagram;

import io.netty.buffer.ByteBuf;

/**
 * The ids of QUIC streams, and how a datagram carries one: as a variable-length integer
 * (RFC 9000, sections 2.1 and 16). Stateless.
 */
final class StreamIds {

	/** The most bytes that an id takes. */
	static final int MAX_BYTES = 8;

	private static final int UNIDIRECTIONAL = 0x2;

	private static final int BY_SERVER = 0x1;

	private StreamIds() {
	}

	static boolean isUnidirectional(long id) {
		return (id & UNIDIRECTIONAL) != 0;
	}

	/** Whether the side opens a stream of this id. */
	static boolean isOf(boolean initiator, long id) {
		return ((id & BY_SERVER) == 0) == initiator;
	}

	/** How many bytes an id takes. */
	static int size(long id) {
		if (id < 1 << 6) {
			return 1;
		}
		if (id < 1 << 14) {
			return 2;
		}
		return (id < 1 << 30) ? 4 : MAX_BYTES;
	}

	static void write(long id, ByteBuf target) {
		switch (size(id)) {
			case 1 -> target.writeByte((int) id);
			case 2 -> target.writeShort((int) id | 0x4000);
			case 4 -> target.writeInt((int) id | 0x8000_0000);
			default -> target.writeLong(id | 0xC000_0000_0000_0000L);
		}
	}

	/**
	 * Reads the id at the head of a datagram; RFC 9000 does not ask for the shortest
	 * form.
	 * @throws NativeViolation if the datagram is too short for one
	 */
	static long read(ByteBuf source) throws NativeViolation {
		if (!source.isReadable()) {
			throw new NativeViolation("A datagram is empty");
		}
		int length = 1 << ((source.getByte(source.readerIndex()) & 0xFF) >>> 6);
		if (source.readableBytes() < length) {
			throw new NativeViolation(
					"A datagram of " + source.readableBytes() + " bytes ends within the id of its control stream");
		}
		return switch (length) {
			case 1 -> source.readByte() & 0x3F;
			case 2 -> source.readShort() & 0x3FFF;
			case 4 -> source.readInt() & 0x3FFF_FFFFL;
			default -> source.readLong() & 0x3FFF_FFFF_FFFF_FFFFL;
		};
	}

}

package io.p2pboot.libp2p.multistream;

import java.nio.charset.StandardCharsets;

import io.netty.buffer.ByteBuf;

/**
 * Encodes messages. Stateless.
 */
final class MessageWriter {

	private MessageWriter() {
	}

	/**
	 * Checks a name that we are going to propose.
	 * @param name the name
	 * @return the name
	 * @throws IllegalArgumentException if it cannot be sent
	 */
	static String checked(String name) {
		int bytes = name.getBytes(StandardCharsets.UTF_8).length + 1;
		if (bytes == 1 || bytes > Multistream.MAX_MESSAGE_BYTES || name.indexOf('\n') >= 0) {
			throw new IllegalArgumentException("A protocol name has 1 to " + (Multistream.MAX_MESSAGE_BYTES - 1)
					+ " bytes and no newline, was " + (bytes - 1) + " bytes: " + InitiatorSession.quote(name));
		}
		return name;
	}

	static void write(String message, ByteBuf target) {
		byte[] bytes = message.getBytes(StandardCharsets.UTF_8);
		writeLength(bytes.length + 1, target);
		target.writeBytes(bytes).writeByte('\n');
	}

	/**
	 * Encodes the answer to {@code ls}.
	 * @param names the names; those that do not fit any more are left out
	 * @param target where the message goes
	 */
	static void writeList(Iterable<String> names, ByteBuf target) {
		ByteBuf inner = target.alloc().buffer();
		try {
			for (String name : names) {
				int before = inner.writerIndex();
				write(name, inner);
				if (inner.readableBytes() >= Multistream.MAX_LIST_BYTES) {
					inner.writerIndex(before);
					break;
				}
			}
			inner.writeByte('\n');
			writeLength(inner.readableBytes(), target);
			target.writeBytes(inner);
		}
		finally {
			inner.release();
		}
	}

	private static void writeLength(int length, ByteBuf target) {
		int rest = length;
		while (rest >= 0x80) {
			target.writeByte(rest | 0x80);
			rest >>>= 7;
		}
		target.writeByte(rest);
	}

}

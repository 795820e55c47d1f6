package io.p2pboot.libp2p.mdns;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

import io.p2pboot.libp2p.multiformats.DecodeException;

/**
 * Names as they stand in a packet: RFC 1035, sections 3.1 and 4.1.4. As text they are in
 * lower case, since DNS knows no other, with a dot between labels. Stateless.
 */
final class DnsName {

	private static final int MAX_LABEL_BYTES = 63;

	private static final int POINTER = 0xC0;

	private DnsName() {
	}

	/**
	 * Reads a name, and moves behind it.
	 * @param packet the whole packet, from index 0 on, at the name
	 * @return the name
	 * @throws DecodeException if the packet ends within it, it is too long, or a pointer
	 * does not lead back
	 */
	static String read(ByteBuffer packet) throws DecodeException {
		StringBuilder name = new StringBuilder();
		int bytes = 1;
		int pointers = 0;
		int end = -1;
		int at = packet.position();
		int segment = at;
		for (int length = unsigned(packet, at); length != 0; length = unsigned(packet, at)) {
			if ((length & POINTER) == POINTER) {
				int target = (length & ~POINTER) << Byte.SIZE | unsigned(packet, at + 1);
				end = (end < 0) ? at + 2 : end;
				if (target >= segment || ++pointers > MdnsLimits.MAX_NAME_POINTERS) {
					throw new DecodeException("A compression pointer leads from " + segment + " to " + target + ", "
							+ pointers + " of a name of at most " + MdnsLimits.MAX_NAME_POINTERS);
				}
				segment = target;
				at = target;
				continue;
			}
			bytes += 1 + length;
			if (length > MAX_LABEL_BYTES || bytes > MdnsLimits.MAX_NAME_BYTES) {
				throw new DecodeException("A name of " + bytes + " bytes with a label of " + length + " is longer than "
						+ MdnsLimits.MAX_NAME_BYTES + " and " + MAX_LABEL_BYTES);
			}
			append(name, packet, at + 1, length);
			at += 1 + length;
		}
		packet.position((end < 0) ? at + 1 : end);
		return name.toString();
	}

	private static int unsigned(ByteBuffer packet, int index) throws DecodeException {
		if (index >= packet.limit()) {
			throw new DecodeException("The packet of " + packet.limit() + " bytes ends within a name");
		}
		return packet.get(index) & 0xFF;
	}

	private static void append(StringBuilder name, ByteBuffer packet, int from, int length) throws DecodeException {
		if (from + length > packet.limit()) {
			throw new DecodeException("The packet of " + packet.limit() + " bytes ends within a label");
		}
		if (name.length() > 0) {
			name.append('.');
		}
		for (int i = from; i < from + length; i++) {
			int one = packet.get(i) & 0xFF;
			name.append((char) ((one >= 'A' && one <= 'Z') ? one + ('a' - 'A') : one));
		}
	}

	/** Writes a name without compression. */
	static void write(ByteBuffer packet, String name) {
		for (String label : name.split("\\.")) {
			byte[] bytes = label.getBytes(StandardCharsets.US_ASCII);
			packet.put((byte) bytes.length).put(bytes);
		}
		packet.put((byte) 0);
	}

	/**
	 * Returns a name of a service if it is one: two labels, the last of them
	 * {@code _udp}, and {@code local}.
	 * @throws IllegalArgumentException if it is not
	 */
	static String service(String name) {
		if (!name.matches("_[a-z0-9-]{1,62}\\._udp")) {
			throw new IllegalArgumentException("A service is like _p2p._udp, was " + name);
		}
		return name.toLowerCase(Locale.ROOT) + ".local";
	}

}

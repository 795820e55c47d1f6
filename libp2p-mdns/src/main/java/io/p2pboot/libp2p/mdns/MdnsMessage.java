package io.p2pboot.libp2p.mdns;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

import io.p2pboot.libp2p.multiformats.DecodeException;

/**
 * What counts of a packet.
 *
 * @param response whether it answers
 * @param questions what it asks
 * @param pointers its PTR records, of whatever section
 * @param texts its TXT records, of whatever section
 */
record MdnsMessage(boolean response, List<Question> questions, List<Pointer> pointers, List<Text> texts) {

	static final int PTR = 12;

	static final int TXT = 16;

	static final int AAAA = 28;

	static final int SRV = 33;

	static final int A = 1;

	static final int ANY = 255;

	static final int INTERNET = 1;

	/** QR and AA: RFC 6762, section 18. */
	static final int RESPONSE_FLAGS = 0x8400;

	private static final int RESPONSE = 0x8000;

	/** Opcode and response code have to be zero: RFC 6762, sections 18.3 and 18.11. */
	private static final int MUST_BE_ZERO = 0x780F;

	private static final int HEADER_BYTES = 12;

	/** What follows the name of a record: type, class, time to live, length. */
	private static final int RECORD_BYTES = 10;

	/**
	 * A question.
	 *
	 * @param name the name, in lower case
	 * @param type the type
	 */
	record Question(String name, int type) {
	}

	/**
	 * A PTR record.
	 *
	 * @param name its owner, in lower case
	 * @param target the name it leads to, in lower case
	 */
	record Pointer(String name, String target) {
	}

	/**
	 * A TXT record.
	 *
	 * @param name its owner, in lower case
	 * @param ttlSeconds how long it counts; 0 takes it back
	 * @param strings its strings
	 */
	record Text(String name, long ttlSeconds, List<String> strings) {
	}

	/**
	 * Reads a packet.
	 * @param packet the packet, from its index 0 to its limit; its position is moved
	 * @return what counts of it
	 * @throws DecodeException if it is no message, or exceeds a bound
	 */
	static MdnsMessage decode(ByteBuffer packet) throws DecodeException {
		if (packet.limit() < HEADER_BYTES || packet.limit() > MdnsLimits.MAX_PACKET_BYTES) {
			throw new DecodeException("A packet has " + HEADER_BYTES + " to " + MdnsLimits.MAX_PACKET_BYTES
					+ " bytes, not " + packet.limit());
		}
		int flags = packet.getShort(2) & 0xFFFF;
		if ((flags & MUST_BE_ZERO) != 0) {
			throw new DecodeException("The flags " + Integer.toHexString(flags) + " are not those of multicast DNS");
		}
		int asked = packet.getShort(4) & 0xFFFF;
		int told = (packet.getShort(6) & 0xFFFF) + (packet.getShort(8) & 0xFFFF) + (packet.getShort(10) & 0xFFFF);
		if (asked + told > MdnsLimits.MAX_RECORDS) {
			throw new DecodeException(
					"A packet of " + (asked + told) + " questions and records has more than " + MdnsLimits.MAX_RECORDS);
		}
		packet.position(HEADER_BYTES);
		List<Question> questions = new ArrayList<>();
		for (int i = 0; i < asked; i++) {
			String name = DnsName.read(packet);
			need(packet, 2 * Short.BYTES);
			questions.add(new Question(name, packet.getShort() & 0xFFFF));
			packet.getShort();
		}
		MdnsMessage message = new MdnsMessage((flags & RESPONSE) != 0, questions, new ArrayList<>(), new ArrayList<>());
		for (int i = 0; i < told; i++) {
			message.readRecord(packet);
		}
		return message;
	}

	private void readRecord(ByteBuffer packet) throws DecodeException {
		String name = DnsName.read(packet);
		need(packet, RECORD_BYTES);
		int type = packet.getShort() & 0xFFFF;
		packet.getShort();
		long ttlSeconds = packet.getInt() & 0xFFFF_FFFFL;
		int length = packet.getShort() & 0xFFFF;
		need(packet, length);
		int end = packet.position() + length;
		if (type == TXT) {
			this.texts.add(new Text(name, ttlSeconds, strings(packet, end)));
		}
		else if (type == PTR) {
			this.pointers.add(new Pointer(name, DnsName.read(packet)));
		}
		packet.position(end);
	}

	private static List<String> strings(ByteBuffer packet, int end) throws DecodeException {
		List<String> strings = new ArrayList<>();
		while (packet.position() < end) {
			int length = packet.get() & 0xFF;
			if (packet.position() + length > end) {
				throw new DecodeException("A string of " + length + " bytes goes beyond its TXT record");
			}
			byte[] text = new byte[length];
			packet.get(text);
			strings.add(new String(text, StandardCharsets.UTF_8));
		}
		return strings;
	}

	private static void need(ByteBuffer packet, int bytes) throws DecodeException {
		if (packet.remaining() < bytes) {
			throw new DecodeException("The packet of " + packet.limit() + " bytes ends within a record");
		}
	}

}

package io.p2pboot.libp2p.mdns;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes packets. An answer has the form that Go, Rust and JavaScript all find: PTR among
 * the answers; SRV, A or AAAA, and <em>one</em> TXT with a string for each address among
 * the additional records. Go takes no peer without SRV and an address, and reads the last
 * TXT only; Rust reads TXT of the additional records alone. Immutable.
 *
 * @param service the name of the service, with {@code local}
 */
record MdnsPackets(String service) {

	/** RFC 6763, section 9. */
	static final String SERVICES = "_services._dns-sd._udp.local";

	/** In seconds, as JavaScript and the specification have it. */
	static final int TTL = 120;

	private static final int HEADER_BYTES = 12;

	private static final int MAX_STRING_BYTES = 255;

	/** All but the strings, with the longest names of service and instance. */
	private static final int MAX_FRAME_BYTES = 720;

	/**
	 * What an answer tells.
	 *
	 * @param instance the name of the instance, one label
	 * @param host an address of this host on the link
	 * @param port a port of this host
	 * @param strings the strings of the TXT record
	 */
	record Answer(String instance, InetAddress host, int port, List<String> strings) {
	}

	/** Asks who offers the service. */
	ByteBuffer query() {
		ByteBuffer packet = begin(0, 1, 0, 0);
		DnsName.write(packet, this.service);
		return packet.putShort((short) MdnsMessage.PTR).putShort((short) MdnsMessage.INTERNET).flip();
	}

	/** Says which service there is. */
	ByteBuffer services() {
		ByteBuffer packet = begin(MdnsMessage.RESPONSE_FLAGS, 0, 1, 0);
		int length = record(packet, SERVICES, MdnsMessage.PTR, TTL);
		DnsName.write(packet, this.service);
		return ended(packet, length).flip();
	}

	/** Whether a string goes into a TXT record. */
	static boolean fits(String string) {
		return string.getBytes(StandardCharsets.UTF_8).length <= MAX_STRING_BYTES;
	}

	/**
	 * Tells of an instance.
	 * @param answer the answer; its strings fit into one packet
	 * @param ttl how long it counts, in seconds; 0 takes it back
	 */
	ByteBuffer answer(Answer answer, int ttl) {
		ByteBuffer packet = begin(MdnsMessage.RESPONSE_FLAGS, 0, 1, 3);
		String name = answer.instance() + "." + this.service;
		String host = answer.instance() + ".local";
		int pointer = record(packet, this.service, MdnsMessage.PTR, ttl);
		DnsName.write(packet, name);
		ended(packet, pointer);
		int location = record(packet, name, MdnsMessage.SRV, ttl);
		packet.putShort((short) 0).putShort((short) 0).putShort((short) answer.port());
		DnsName.write(packet, host);
		ended(packet, location);
		boolean ip4 = answer.host() instanceof Inet4Address;
		int address = record(packet, host, ip4 ? MdnsMessage.A : MdnsMessage.AAAA, ttl);
		packet.put(answer.host().getAddress());
		ended(packet, address);
		int text = record(packet, name, MdnsMessage.TXT, ttl);
		for (String string : answer.strings()) {
			byte[] bytes = string.getBytes(StandardCharsets.UTF_8);
			packet.put((byte) bytes.length).put(bytes);
		}
		return ended(packet, text).flip();
	}

	/** Spreads strings over as few answers as have room for them. */
	List<List<String>> spread(List<String> strings) {
		int room = MdnsLimits.MAX_SENT_BYTES - MAX_FRAME_BYTES;
		List<List<String>> parts = new ArrayList<>();
		List<String> part = new ArrayList<>();
		int used = 0;
		for (String string : strings) {
			int bytes = 1 + string.getBytes(StandardCharsets.UTF_8).length;
			if (used + bytes > room && !part.isEmpty()) {
				parts.add(part);
				part = new ArrayList<>();
				used = 0;
			}
			part.add(string);
			used += bytes;
		}
		if (!part.isEmpty()) {
			parts.add(part);
		}
		return parts.subList(0, Math.min(parts.size(), MdnsLimits.MAX_SENT_PACKETS));
	}

	private static ByteBuffer begin(int flags, int questions, int answers, int additionals) {
		ByteBuffer packet = ByteBuffer.allocate(MdnsLimits.MAX_SENT_BYTES);
		packet.putShort((short) 0).putShort((short) flags).putShort((short) questions).putShort((short) answers);
		packet.putShort((short) 0).putShort((short) additionals);
		assert packet.position() == HEADER_BYTES;
		return packet;
	}

	/** Begins a record; returns where its length goes. */
	private static int record(ByteBuffer packet, String name, int type, int ttl) {
		DnsName.write(packet, name);
		packet.putShort((short) type).putShort((short) MdnsMessage.INTERNET).putInt(ttl).putShort((short) 0);
		return packet.position() - Short.BYTES;
	}

	private static ByteBuffer ended(ByteBuffer packet, int length) {
		return packet.putShort(length, (short) (packet.position() - length - Short.BYTES));
	}

}

package io.p2pboot.libp2p.mdns;

import java.time.Duration;

/**
 * What other hosts can make this one do, at most.
 */
public final class MdnsLimits {

	/** The longest packet that is read, in bytes: RFC 6762, section 17. */
	public static final int MAX_PACKET_BYTES = 9_000;

	/** The packets of all hosts that are read in a second. */
	public static final int MAX_PACKETS_PER_SECOND = 1_000;

	/** The questions and records that are read of a packet; one with more is dropped. */
	public static final int MAX_RECORDS = 256;

	/** The longest name, in bytes as on the wire: RFC 1035, section 2.3.4. */
	public static final int MAX_NAME_BYTES = 255;

	/** The compression pointers of one name. */
	public static final int MAX_NAME_POINTERS = 16;

	/** The addresses of a peer that are used. */
	public static final int MAX_ADDRESSES_PER_PEER = 20;

	/** The peers that are known at a time. */
	public static final int MAX_PEERS = 1_000;

	/** The new peers that are taken in a minute. */
	public static final int MAX_NEW_PEERS_PER_MINUTE = 120;

	/** The peers that are dialled at once. */
	public static final int MAX_DIALS = 8;

	/** A peer is dialled at most this often. */
	public static final Duration DIAL_INTERVAL = Duration.ofSeconds(30);

	/** A peer that is to dial us has this long before we dial it. */
	public static final Duration DIAL_DELAY = Duration.ofSeconds(2);

	/** An interface is answered on at most this often: RFC 6762, section 6. */
	public static final Duration ANSWER_INTERVAL = Duration.ofSeconds(1);

	/** The interfaces that are used. */
	public static final int MAX_LINKS = 32;

	/** The longest packet that is sent, in bytes. */
	static final int MAX_SENT_BYTES = 1_200;

	/**
	 * The packets of one answer: an interface has this many packets' worth of addresses.
	 */
	static final int MAX_SENT_PACKETS = 8;

	private MdnsLimits() {
	}

}

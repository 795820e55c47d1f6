package io.p2pboot.libp2p.kad;

import java.net.InetAddress;
import java.util.OptionalLong;

/**
 * Tells to which autonomous system an IPv6 address belongs, for the diversity of a
 * routing table. Called on the event loop of the instance: must not block.
 */
@FunctionalInterface
public interface AsnLookup {

	/** Knows none: IPv6 addresses are grouped by their first 32 bits. */
	AsnLookup NONE = (address) -> OptionalLong.empty();

	/**
	 * Returns the number of the autonomous system.
	 * @param address an IPv6 address of the internet
	 * @return the number; empty if it is not known. One that throws is taken for that
	 */
	OptionalLong number(InetAddress address);

}

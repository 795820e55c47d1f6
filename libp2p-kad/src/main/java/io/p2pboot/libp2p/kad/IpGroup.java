package io.p2pboot.libp2p.kad;

import java.net.InetAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

import io.p2pboot.libp2p.eventlog.EventLog;
import io.p2pboot.libp2p.multiformats.AddressScope;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.multiformats.MultiaddrProtocol;
import org.slf4j.LoggerFactory;

/**
 * Addresses that one owner can have by the thousand: an IPv4 /16 (a /8 where one
 * organisation holds it), an autonomous system, or an IPv6 /32.
 *
 * @param kind 4 or 6 for a prefix of that family, 0 for an autonomous system
 * @param number the prefix or the number of the system
 */
record IpGroup(int kind, long number) {

	private static final EventLog log = new EventLog(LoggerFactory.getLogger(Kademlia.class));

	/** First bytes of IPv4 networks that belong to one organisation as a whole. */
	private static final Set<Integer> WHOLE_EIGHTS = Set.of(12, 17, 19, 38, 48, 53, 56, 73);

	/**
	 * The group of one address.
	 * @param address the address
	 * @param asn tells autonomous systems
	 * @return the group; empty for an address that is not of the internet or has no IP
	 */
	static Optional<IpGroup> of(Multiaddr address, AsnLookup asn) {
		if (AddressScope.of(address) != AddressScope.INTERNET || address.has(MultiaddrProtocol.P2P_CIRCUIT)) {
			return Optional.empty();
		}
		return address.ipSocketAddress().map((socket) -> of(socket.getAddress(), asn));
	}

	private static IpGroup of(InetAddress address, AsnLookup asn) {
		byte[] bytes = address.getAddress();
		if (bytes.length == 4) {
			int first = bytes[0] & 0xFF;
			return new IpGroup(4, WHOLE_EIGHTS.contains(first) ? first : (first << 8 | bytes[1] & 0xFF) + 256);
		}
		OptionalLong system = system(address, asn);
		if (system.isPresent()) {
			return new IpGroup(0, system.getAsLong());
		}
		long prefix = 0;
		for (int index = 0; index < 4; index++) {
			prefix = prefix << 8 | bytes[index] & 0xFF;
		}
		return new IpGroup(6, prefix);
	}

	/** The application's lookup may fail, and must not end ours with it. */
	private static OptionalLong system(InetAddress address, AsnLookup asn) {
		try {
			return asn.number(address);
		}
		catch (RuntimeException | Error ex) {
			log.warn("kad.asn", "The autonomous system of {} is unknown: {}", address.getHostAddress(), ex);
			return OptionalLong.empty();
		}
	}

	/** The groups of some addresses. */
	static Set<IpGroup> of(List<Multiaddr> addresses, AsnLookup asn) {
		Set<IpGroup> groups = new HashSet<>();
		addresses.forEach((address) -> of(address, asn).ifPresent(groups::add));
		return groups;
	}

}

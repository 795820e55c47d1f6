package io.p2pboot.libp2p.resource;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

import io.p2pboot.libp2p.IpNetwork;
import io.p2pboot.libp2p.multiformats.Multiaddr;

/**
 * Where a connection comes from, as far as limits are concerned.
 *
 * @param rules the networks that are limited, with their limits
 * @param holder who counts as one where slots are shared out: an IPv4 address, or a site
 * of IPv6
 */
record Source(Map<IpNetwork, AddressLimits.Rule> rules, IpNetwork holder) {

	/** What has no IP address at all, as in memory. */
	private static final Source NO_ADDRESS = new Source(Map.of(), IpNetwork.parse("0.0.0.0"));

	private static final int IP4_BITS = 32;

	private static final int SUBNET_BITS = 56;

	private static final int SITE_BITS = 48;

	static Source of(Multiaddr remote, AddressLimits limits) {
		Optional<InetAddress> address = IpNetwork.addressOf(remote);
		return address.map((ip) -> of(ip, limits))
			.orElseGet(
					() -> remote.ipSocketAddress().map((relay) -> throughRelay(relay.getAddress())).orElse(NO_ADDRESS));
	}

	/** Nobody is limited there, but those behind one relay count as one holder. */
	private static Source throughRelay(InetAddress relay) {
		return new Source(Map.of(), IpNetwork.of(relay, (relay instanceof Inet4Address) ? IP4_BITS : SITE_BITS));
	}

	private static Source of(InetAddress ip, AddressLimits limits) {
		boolean ip4 = ip instanceof Inet4Address;
		IpNetwork holder = IpNetwork.of(ip, ip4 ? IP4_BITS : SITE_BITS);
		if (ip.isLoopbackAddress()) {
			return new Source(Map.of(), holder);
		}
		if (ip4) {
			return new Source(Map.of(holder, limits.ip4()), holder);
		}
		Map<IpNetwork, AddressLimits.Rule> rules = new LinkedHashMap<>();
		rules.put(IpNetwork.of(ip, SUBNET_BITS), limits.ip6Subnet());
		rules.put(holder, limits.ip6Site());
		return new Source(rules, holder);
	}

}

package io.p2pboot.libp2p.pubsub.gossip;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

import io.p2pboot.libp2p.IpNetwork;

/**
 * As what an IP address counts for P6: itself, and an IPv6 one its /64 too. Stateless.
 */
final class Colocation {

	private static final int PREFIX_BYTES = 8;

	private Colocation() {
	}

	/** The keys of an address; loopback and exempt networks have none. */
	static List<String> keys(InetAddress address, List<IpNetwork> exempt) {
		if (address.isLoopbackAddress() || exempt.stream().anyMatch((network) -> network.contains(address))) {
			return List.of();
		}
		byte[] bytes = address.getAddress();
		String whole = HexFormat.of().formatHex(bytes);
		if (address instanceof Inet6Address) {
			return List.of(whole, HexFormat.of().formatHex(Arrays.copyOf(bytes, PREFIX_BYTES)) + "/64");
		}
		return List.of(whole);
	}

}

package io.p2pboot.libp2p.mdns;

import java.net.Inet6Address;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * The interfaces of this host that are used: up, able to multicast, of a network rather
 * than to one other end, and wanted. Asks the system each time.
 *
 * @param wanted which of them
 */
record Devices(Predicate<NetworkInterface> wanted) {

	/** All but the loopback. */
	static final Predicate<NetworkInterface> NETWORKS = (device) -> {
		try {
			return !device.isLoopback() && device.supportsMulticast();
		}
		catch (SocketException ex) {
			return false;
		}
	};

	/** The links, each with its interface. */
	Map<Link, NetworkInterface> links() throws SocketException {
		Map<Link, NetworkInterface> links = new LinkedHashMap<>();
		for (NetworkInterface device : NetworkInterface.networkInterfaces().toList()) {
			if (device.isUp() && !device.isPointToPoint() && this.wanted.test(device)) {
				add(links, device, false);
				add(links, device, true);
			}
		}
		return links;
	}

	private static void add(Map<Link, NetworkInterface> links, NetworkInterface device, boolean ip6) {
		List<Link.Subnet> subnets = new ArrayList<>();
		for (InterfaceAddress each : device.getInterfaceAddresses()) {
			if (each.getAddress() instanceof Inet6Address == ip6) {
				subnets.add(new Link.Subnet(each.getAddress(), each.getNetworkPrefixLength()));
			}
		}
		if (!subnets.isEmpty()) {
			links.put(new Link(device.getName(), device.getIndex(), ip6, subnets), device);
		}
	}

}

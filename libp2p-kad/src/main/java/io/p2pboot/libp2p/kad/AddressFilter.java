package io.p2pboot.libp2p.kad;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;

import io.p2pboot.libp2p.multiformats.AddressScope;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.multiformats.MultiaddrProtocol;

/**
 * Which addresses an instance keeps, dials and sends. Immutable.
 *
 * @param least the nearest scope that it deals with; with {@link AddressScope#INTERNET}
 * relayed addresses are left out too
 * @param farthest the farthest scope from which peers get a place in the table
 */
record AddressFilter(AddressScope least, AddressScope farthest) {

	/** Whether only peers of the local network get places. */
	boolean isLocal() {
		return this.farthest != AddressScope.INTERNET;
	}

	/**
	 * Whether a peer may have a place in the table.
	 * @param connected the remote addresses of its connections
	 * @param named the addresses that it names
	 * @param own the addresses of this node
	 */
	boolean admits(List<Multiaddr> connected, List<Multiaddr> named, List<Multiaddr> own) {
		if (isLocal()) {
			return connected.stream().anyMatch((address) -> isNear(address, own));
		}
		return this.least == AddressScope.HOST || connected.stream().anyMatch(this::keeps)
				|| named.stream().anyMatch(this::keeps);
	}

	/** Of this network: not of the internet, or behind the same address of it as we. */
	private boolean isNear(Multiaddr address, List<Multiaddr> own) {
		if (address.has(MultiaddrProtocol.P2P_CIRCUIT)) {
			return false;
		}
		Optional<InetAddress> ip = ip(address);
		return AddressScope.of(address).compareTo(this.farthest) <= 0
				|| ip.isPresent() && own.stream().anyMatch((each) -> ip(each).equals(ip));
	}

	private static Optional<InetAddress> ip(Multiaddr address) {
		return address.ipSocketAddress().map(InetSocketAddress::getAddress);
	}

	boolean keeps(Multiaddr address) {
		AddressScope scope = AddressScope.of(address);
		return scope != AddressScope.NOWHERE && scope.compareTo(this.least) >= 0
				&& (this.least != AddressScope.INTERNET || !address.has(MultiaddrProtocol.P2P_CIRCUIT));
	}

	/** The addresses that the instance deals with and that are of use at a distance. */
	List<Multiaddr> keep(List<Multiaddr> addresses, AddressScope distance) {
		return addresses.stream()
			.filter((address) -> keeps(address) && AddressScope.of(address).reaches(distance))
			.toList();
	}

	List<Multiaddr> keep(List<Multiaddr> addresses) {
		return keep(addresses, this.least);
	}

}

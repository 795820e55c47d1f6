package io.p2pboot.libp2p.kad;

import java.util.List;

import io.p2pboot.libp2p.multiformats.AddressScope;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.multiformats.MultiaddrProtocol;

/**
 * Which addresses an instance keeps, dials and sends. Immutable.
 *
 * @param least the nearest scope that it deals with; with {@link AddressScope#INTERNET}
 * relayed addresses are left out too
 */
record AddressFilter(AddressScope least) {

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

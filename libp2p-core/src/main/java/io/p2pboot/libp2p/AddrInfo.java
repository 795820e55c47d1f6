package io.p2pboot.libp2p;

import java.util.List;

import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.multiformats.MultiaddrProtocol;

/**
 * A peer and where it may be reached. Immutable.
 *
 * @param id the peer
 * @param addresses its addresses; may be empty
 */
public record AddrInfo(PeerId id, List<Multiaddr> addresses) {

	/**
	 * Copies the addresses.
	 * @param id the peer
	 * @param addresses its addresses
	 */
	public AddrInfo {
		addresses = List.copyOf(addresses);
	}

	/**
	 * Makes an info without addresses.
	 * @param id the peer
	 * @return the info
	 */
	public static AddrInfo of(PeerId id) {
		return new AddrInfo(id, List.of());
	}

	/**
	 * Splits an address that ends with a peer id.
	 * @param address for example {@code /ip4/127.0.0.1/tcp/4001/p2p/12D3Koo…}
	 * @return the peer with the rest as its address; without one if there is no rest
	 * @throws IllegalArgumentException if it does not end with {@code /p2p/<id>}
	 */
	public static AddrInfo of(Multiaddr address) {
		List<Multiaddr.Component> components = address.components();
		Multiaddr.Component last = components.get(components.size() - 1);
		if (last.protocol() != MultiaddrProtocol.P2P) {
			throw new IllegalArgumentException("'" + address + "' does not end with /p2p/<peer id>");
		}
		PeerId id = PeerId.parse(last.value());
		return (components.size() == 1) ? of(id)
				: new AddrInfo(id, List.of(address.decapsulateLast(MultiaddrProtocol.P2P)));
	}

	/**
	 * Parses an address that ends with a peer id.
	 * @param address for example {@code /ip4/127.0.0.1/tcp/4001/p2p/12D3Koo…}
	 * @return the peer with the rest as its address
	 * @throws IllegalArgumentException if it is no such address
	 */
	public static AddrInfo parse(String address) {
		return of(Multiaddr.parse(address));
	}

}

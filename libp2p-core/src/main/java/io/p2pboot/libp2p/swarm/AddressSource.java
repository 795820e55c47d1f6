package io.p2pboot.libp2p.swarm;

import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.multiformats.Multiaddr;

/**
 * Where a dial gets addresses from: those of the caller, the peer store, a routing.
 *
 * @param name the name for errors
 * @param trusted whether the caller named the addresses, so that none is held back after
 * a failure
 * @param addresses asks for the addresses, without blocking
 * @param certified which of them the peer has signed, so that they are dialled before
 * hearsay; asked after them
 */
public record AddressSource(String name, boolean trusted, Supplier<Future<List<Multiaddr>>> addresses,
		Supplier<Set<Multiaddr>> certified) {

	/**
	 * Creates a source none of whose addresses is signed.
	 * @param name the name for errors
	 * @param trusted whether the caller named the addresses
	 * @param addresses asks for the addresses, without blocking
	 */
	public AddressSource(String name, boolean trusted, Supplier<Future<List<Multiaddr>>> addresses) {
		this(name, trusted, addresses, Set::of);
	}

}

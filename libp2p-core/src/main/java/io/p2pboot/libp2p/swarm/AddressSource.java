package io.p2pboot.libp2p.swarm;

import java.util.List;
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
 */
public record AddressSource(String name, boolean trusted, Supplier<Future<List<Multiaddr>>> addresses) {

}

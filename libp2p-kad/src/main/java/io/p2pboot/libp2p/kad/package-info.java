/**
 * Kademlia: finds peers by their id, the providers of content and values under keys, and
 * helps others to find theirs. The logic is plain state machines ({@code Lookup},
 * {@code RoutingTable}, {@code RequestHandler}); one event loop an instance drives them.
 * Read {@link io.p2pboot.libp2p.kad.Kademlia} first. Specification: libp2p/specs
 * kad-dht/README.md, r2.
 */
@NullMarked
package io.p2pboot.libp2p.kad;

import org.jspecify.annotations.NullMarked;

/**
 * Finds peers of the local network by multicast DNS. Specification: libp2p/specs
 * discovery/mdns.md and RFC 6762, RFC 6763. Read {@link io.p2pboot.libp2p.mdns.Mdns}
 * first, then {@code MdnsEngine}, which is the protocol without sockets.
 */
@NullMarked
package io.p2pboot.libp2p.mdns;

import org.jspecify.annotations.NullMarked;

/**
 * ping: measures the round trip to a peer. Specification: libp2p/specs ping/ping.md,
 * revision r1. Read {@link io.p2pboot.libp2p.protocol.ping.Ping} first.
 */
@NullMarked
package io.p2pboot.libp2p.protocol.ping;

import org.jspecify.annotations.NullMarked;

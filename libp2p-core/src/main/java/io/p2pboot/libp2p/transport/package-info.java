/**
 * What a transport is to the stack: it dials and listens on multiaddrs. A raw transport
 * (TCP, WebSocket, memory) hands its channels to an
 * {@link io.p2pboot.libp2p.transport.Upgrader}; one that secures and multiplexes by
 * itself (QUIC) makes {@link io.p2pboot.libp2p.transport.MuxedConnection}s. Read
 * {@link io.p2pboot.libp2p.transport.Transport} first. Specification: libp2p/specs
 * connections/README.md and addressing/README.md.
 */
@NullMarked
package io.p2pboot.libp2p.transport;

import org.jspecify.annotations.NullMarked;

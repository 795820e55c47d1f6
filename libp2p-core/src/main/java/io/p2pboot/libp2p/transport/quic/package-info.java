/**
 * QUIC v1 as a transport: {@code /ip4/…/udp/<port>/quic-v1} and
 * {@code /ip6/…/udp/<port>/quic-v1}. It secures and multiplexes by itself, on Netty's
 * QUIC codec. Read {@link io.p2pboot.libp2p.transport.quic.QuicTransport} first, then
 * {@code QuicSocket} for how one UDP socket dials and listens. Specifications: RFC 9000,
 * 9001, 9002 and 9221; libp2p/specs quic/README.md and tls/tls.md.
 */
@NullMarked
package io.p2pboot.libp2p.transport.quic;

import org.jspecify.annotations.NullMarked;

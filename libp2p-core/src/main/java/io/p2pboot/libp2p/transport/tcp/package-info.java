/**
 * TCP as a transport: {@code /ip4/…/tcp/<port>} and {@code /ip6/…/tcp/<port>}. It carries
 * only bytes, so each connection goes to the
 * {@link io.p2pboot.libp2p.transport.Upgrader}. Read
 * {@link io.p2pboot.libp2p.transport.tcp.TcpTransport} first. Specification: libp2p/specs
 * addressing/README.md, "TCP".
 */
@NullMarked
package io.p2pboot.libp2p.transport.tcp;

import org.jspecify.annotations.NullMarked;

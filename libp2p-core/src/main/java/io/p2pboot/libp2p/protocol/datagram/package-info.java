/**
 * Datagrams: flows of unreliable messages between two peers, for one protocol path each.
 * Where the connection carries datagrams itself, a flow is a control stream of
 * {@code /dg/1} and datagrams that name it (libp2p/specs pull request 680, a draft, over
 * RFC 9221); elsewhere it is a stream of the path itself with length-prefixed messages.
 * Read {@link io.p2pboot.libp2p.protocol.datagram.DatagramService} first.
 */
@NullMarked
package io.p2pboot.libp2p.protocol.datagram;

import org.jspecify.annotations.NullMarked;

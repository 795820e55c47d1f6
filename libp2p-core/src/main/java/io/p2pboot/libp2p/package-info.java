/**
 * The public API of the libp2p stack: a {@link io.p2pboot.libp2p.Node} with a
 * {@link io.p2pboot.libp2p.PeerId}, on which protocols are mounted by path, as streams or
 * as datagrams.
 *
 * <p>
 * Read {@link io.p2pboot.libp2p.Node} first, then
 * {@link io.p2pboot.libp2p.StreamProtocol} and {@link io.p2pboot.libp2p.Stream}. Nothing
 * here names Netty; the asynchronous tier is in {@code io.p2pboot.libp2p.netty}. The
 * specifications are at https://github.com/libp2p/specs.
 */
@NullMarked
package io.p2pboot.libp2p;

import org.jspecify.annotations.NullMarked;

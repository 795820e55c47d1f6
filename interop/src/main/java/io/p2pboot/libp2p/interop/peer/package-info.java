/**
 * The Java peer: a node of this project under the control protocol of
 * {@code interop/peers/PROTOCOL.md}. Read {@link io.p2pboot.libp2p.interop.peer.JavaPeer}
 * first.
 */
@NullMarked
package io.p2pboot.libp2p.interop.peer;

import org.jspecify.annotations.NullMarked;

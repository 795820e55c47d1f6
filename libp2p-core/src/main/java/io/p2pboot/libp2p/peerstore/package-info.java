/**
 * The peer store in memory. Read {@link io.p2pboot.libp2p.peerstore.InMemoryPeerStore}
 * first.
 */
@NullMarked
package io.p2pboot.libp2p.peerstore;

import org.jspecify.annotations.NullMarked;

/**
 * The peer store: in memory, and with a file behind it. Read
 * {@link io.p2pboot.libp2p.peerstore.InMemoryPeerStore} first, then
 * {@link io.p2pboot.libp2p.peerstore.FilePeerStore}.
 */
@NullMarked
package io.p2pboot.libp2p.peerstore;

import org.jspecify.annotations.NullMarked;

package io.p2pboot.libp2p.autoconfigure;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Settings of what the node keeps of other peers.
 *
 * @param location Path of the file that keeps the known peers, for the next start.
 * Without it they are kept in memory.
 * @param enabled Whether to use the file of `libp2p.peerstore.location`.
 */
@ConfigurationProperties("libp2p.peerstore")
record PeerStoreProperties(@Nullable String location, @DefaultValue("true") boolean enabled) {

}

/**
 * Connections and streams of a node: upgrading raw channels, dialling, the table of
 * connections, negotiating streams, and the bridge from channels to blocking streams.
 * Read {@link io.p2pboot.libp2p.swarm.Swarm} first, then
 * {@link io.p2pboot.libp2p.swarm.ConnectionUpgrader}. Specification: libp2p/specs
 * connections/README.md.
 */
@NullMarked
package io.p2pboot.libp2p.swarm;

import org.jspecify.annotations.NullMarked;

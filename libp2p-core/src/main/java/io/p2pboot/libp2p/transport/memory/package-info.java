/**
 * Connections inside one process: {@code /memory/<n>}, for tests and for nodes that share
 * a JVM. It carries only bytes, as TCP does, with the same back-pressure. Read
 * {@link io.p2pboot.libp2p.transport.memory.MemoryNetwork} first. The address is protocol
 * 777 of the multiaddr table (multiformats/multicodec).
 */
@NullMarked
package io.p2pboot.libp2p.transport.memory;

import org.jspecify.annotations.NullMarked;

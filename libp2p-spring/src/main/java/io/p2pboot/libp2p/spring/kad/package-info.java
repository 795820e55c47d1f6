/**
 * Kademlia in an application. Read {@link io.p2pboot.libp2p.spring.kad.Libp2pRecords}
 * first.
 */
@NullMarked
package io.p2pboot.libp2p.spring.kad;

import org.jspecify.annotations.NullMarked;

/**
 * Proof that this stack talks to others: the commands of the module. Read
 * {@link io.p2pboot.libp2p.interop.driver.Peer} first; the protocol between driver and
 * peers is in {@code interop/peers/PROTOCOL.md}.
 */
@NullMarked
package io.p2pboot.libp2p.interop;

import org.jspecify.annotations.NullMarked;

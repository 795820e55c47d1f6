/**
 * The driver's side of the control protocol of {@code interop/peers/PROTOCOL.md}: starts
 * peers of any stack, sends requests, waits for answers and events. Read
 * {@link io.p2pboot.libp2p.interop.driver.Peer} first.
 */
@NullMarked
package io.p2pboot.libp2p.interop.driver;

import org.jspecify.annotations.NullMarked;

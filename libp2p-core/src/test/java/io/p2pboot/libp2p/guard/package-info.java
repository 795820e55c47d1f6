/**
 * Fails test classes whose event loops are held up by one task, or whose process grows
 * outside the heap. Read {@link io.p2pboot.libp2p.guard.NodeGuard} first.
 */
package io.p2pboot.libp2p.guard;

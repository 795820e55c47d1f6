/**
 * Assembles a node out of everything below. Read
 * {@link io.p2pboot.libp2p.node.NodeBuilder} first.
 */
@NullMarked
package io.p2pboot.libp2p.node;

import org.jspecify.annotations.NullMarked;

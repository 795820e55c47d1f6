/**
 * A transport whose channels are streams of other connections, on public interfaces only.
 */
@NullMarked
package io.p2pboot.libp2p.circuit;

import org.jspecify.annotations.NullMarked;

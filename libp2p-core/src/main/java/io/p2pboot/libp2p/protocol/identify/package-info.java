/**
 * identify: what each side of a connection tells the other about itself, and identify
 * push, which tells it again when it changes. Specification: libp2p/specs
 * identify/README.md, revision r1. Read
 * {@link io.p2pboot.libp2p.protocol.identify.Identify} first.
 */
@NullMarked
package io.p2pboot.libp2p.protocol.identify;

import org.jspecify.annotations.NullMarked;

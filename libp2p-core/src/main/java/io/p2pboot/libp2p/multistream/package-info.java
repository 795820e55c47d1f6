/**
 * Protocol negotiation with multistream-select 1.0, on connections and on streams.
 * Specification: libp2p/specs connections/README.md, "multistream-select". Read
 * {@link io.p2pboot.libp2p.multistream.Multistream} first.
 */
@NullMarked
package io.p2pboot.libp2p.multistream;

import org.jspecify.annotations.NullMarked;

/**
 * Self-describing values: varints, multihashes, multiaddrs. Read
 * {@link io.p2pboot.libp2p.multiformats.Multiaddr} first. Specification:
 * https://github.com/multiformats and libp2p/specs addressing/README.md.
 */
@NullMarked
package io.p2pboot.libp2p.multiformats;

import org.jspecify.annotations.NullMarked;

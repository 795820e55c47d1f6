/**
 * yamux: many streams over one connection, each with its own window. Read
 * {@link io.p2pboot.libp2p.muxer.yamux.YamuxMuxer} first, then {@code YamuxSession},
 * which is the protocol without any I/O. Specification: libp2p/specs yamux/README.md.
 */
@NullMarked
package io.p2pboot.libp2p.muxer.yamux;

import org.jspecify.annotations.NullMarked;

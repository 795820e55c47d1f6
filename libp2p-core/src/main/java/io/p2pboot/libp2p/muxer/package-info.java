/**
 * What a stream multiplexer is to the stack: one secured connection in, many streams out,
 * each a Netty child channel. Read {@link io.p2pboot.libp2p.muxer.Muxer} first.
 * Specification: libp2p/specs connections/README.md, "Multiplexing".
 */
@NullMarked
package io.p2pboot.libp2p.muxer;

import org.jspecify.annotations.NullMarked;

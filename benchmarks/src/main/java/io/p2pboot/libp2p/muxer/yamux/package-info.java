/**
 * Benchmarks of the yamux handler, which is not public.
 */
@NullMarked
package io.p2pboot.libp2p.muxer.yamux;

import org.jspecify.annotations.NullMarked;

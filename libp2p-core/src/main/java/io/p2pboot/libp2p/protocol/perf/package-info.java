/**
 * perf: moves bytes up and down a stream, to measure it. Specification: libp2p/specs
 * perf/perf.md. Read {@link io.p2pboot.libp2p.protocol.perf.Perf} first.
 */
@NullMarked
package io.p2pboot.libp2p.protocol.perf;

import org.jspecify.annotations.NullMarked;

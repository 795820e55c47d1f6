/**
 * What a node stands: programs that load one for a while and hold it to a bar. Each
 * prints its figure last and ends with the status 0 or 1; {@code stress/run} runs all.
 * Read {@link io.p2pboot.libp2p.benchmarks.stress.Soak} first.
 */
@NullMarked
package io.p2pboot.libp2p.benchmarks.stress;

import org.jspecify.annotations.NullMarked;

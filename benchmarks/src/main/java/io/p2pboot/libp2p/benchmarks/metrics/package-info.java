/**
 * What it costs to measure a node with Micrometer. Read
 * {@link io.p2pboot.libp2p.benchmarks.metrics.MetricsCost} first.
 */
@NullMarked
package io.p2pboot.libp2p.benchmarks.metrics;

import org.jspecify.annotations.NullMarked;

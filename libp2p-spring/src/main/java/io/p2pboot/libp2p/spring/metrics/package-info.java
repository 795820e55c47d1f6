/**
 * Meters of a node, under the names that go-libp2p uses. Read
 * {@link io.p2pboot.libp2p.spring.metrics.NodeMetrics} first.
 */
@NullMarked
package io.p2pboot.libp2p.spring.metrics;

import org.jspecify.annotations.NullMarked;

/**
 * Peers that share files and telemetry: a small program on the libp2p starter. Read
 * {@link io.p2pboot.libp2p.sample.SampleApplication} first.
 */
@NullMarked
package io.p2pboot.libp2p.sample;

import org.jspecify.annotations.NullMarked;

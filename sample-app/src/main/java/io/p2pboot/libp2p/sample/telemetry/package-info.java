/**
 * Telling connected peers, in datagrams, how this program fares, and remembering what
 * they tell. Read {@link io.p2pboot.libp2p.sample.telemetry.TelemetryHandler} first.
 */
@NullMarked
package io.p2pboot.libp2p.sample.telemetry;

import org.jspecify.annotations.NullMarked;

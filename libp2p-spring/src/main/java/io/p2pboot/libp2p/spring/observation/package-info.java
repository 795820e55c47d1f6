/**
 * Observes handlers and calls. Read
 * {@link io.p2pboot.libp2p.spring.observation.ObservedCalls} first.
 */
@NullMarked
package io.p2pboot.libp2p.spring.observation;

import org.jspecify.annotations.NullMarked;

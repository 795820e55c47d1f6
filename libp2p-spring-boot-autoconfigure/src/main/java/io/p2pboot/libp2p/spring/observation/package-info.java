/**
 * Observes handlers. Read {@link io.p2pboot.libp2p.spring.observation.ObservedStreams}
 * first.
 */
@NullMarked
package io.p2pboot.libp2p.spring.observation;

import org.jspecify.annotations.NullMarked;

/**
 * What a node allows itself and its peers: flat, named limits. Read
 * {@link io.p2pboot.libp2p.resource.ConnectionLimits} first.
 */
@NullMarked
package io.p2pboot.libp2p.resource;

import org.jspecify.annotations.NullMarked;

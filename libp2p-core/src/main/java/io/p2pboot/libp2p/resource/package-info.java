/**
 * What a node allows itself and its peers. Read
 * {@link io.p2pboot.libp2p.resource.ResourceManager} first.
 */
@NullMarked
package io.p2pboot.libp2p.resource;

import org.jspecify.annotations.NullMarked;

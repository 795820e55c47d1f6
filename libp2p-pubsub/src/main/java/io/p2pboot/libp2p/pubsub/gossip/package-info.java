/**
 * Gossipsub and floodsub. {@link io.p2pboot.libp2p.pubsub.gossip.GossipSub} puts them on
 * a node; {@code Router} is the engine: it knows no channel, clock, thread or source of
 * chance, and tells a {@code RouterSink} what to do. Specification: libp2p/specs
 * pubsub/gossipsub, versions 1.0 to 1.3.
 */
@NullMarked
package io.p2pboot.libp2p.pubsub.gossip;

import org.jspecify.annotations.NullMarked;

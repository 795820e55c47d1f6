/**
 * Publish and subscribe: topics, messages, validators and what a node is configured with.
 * Specification: libp2p/specs pubsub/README.md and pubsub/gossipsub, versions 1.0 to 1.3.
 * Read {@link io.p2pboot.libp2p.pubsub.PubSub} first; a node gets one from
 * {@link io.p2pboot.libp2p.pubsub.gossip.GossipSub}.
 */
@NullMarked
package io.p2pboot.libp2p.pubsub;

import org.jspecify.annotations.NullMarked;

package io.p2pboot.libp2p.pubsub.gossip;

/**
 * A keyed 128-bit hash of a message id, a topic or a message: small, and no peer can
 * steer which values collide. Immutable.
 *
 * @param high the first half
 * @param low the second half
 */
record Digest(long high, long low) {

}

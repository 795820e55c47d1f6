/** Publish and subscribe; start with {@link io.p2pboot.libp2p.pubsub.PubSub}. */
module io.p2pboot.libp2p.pubsub {

	requires transitive io.p2pboot.libp2p.core;
	requires org.bouncycastle.provider;

	exports io.p2pboot.libp2p.pubsub;
	exports io.p2pboot.libp2p.pubsub.gossip;

}

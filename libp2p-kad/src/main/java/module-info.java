/** Kademlia; start with {@link io.p2pboot.libp2p.kad.Kademlia}. */
module io.p2pboot.libp2p.kad {

	requires transitive io.p2pboot.libp2p.core;
	requires io.p2pboot.libp2p.protobuf;

	exports io.p2pboot.libp2p.kad;

}

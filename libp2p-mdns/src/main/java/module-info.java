/** Multicast DNS; start with {@link io.p2pboot.libp2p.mdns.Mdns}. */
module io.p2pboot.libp2p.mdns {

	requires transitive io.p2pboot.libp2p.core;

	exports io.p2pboot.libp2p.mdns;

}

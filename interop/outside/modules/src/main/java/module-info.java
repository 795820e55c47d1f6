/** Sees what the modules of libp2p export, and nothing else. */
module outside.modules {

	requires io.p2pboot.libp2p.core;
	requires io.p2pboot.libp2p.kad;
	requires io.p2pboot.libp2p.mdns;
	requires io.p2pboot.libp2p.pubsub;

}

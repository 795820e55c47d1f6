/** IPFS; start with {@link io.p2pboot.libp2p.ipfs.Amino}. */
module io.p2pboot.libp2p.ipfs {

	requires transitive io.p2pboot.libp2p.kad;
	requires io.p2pboot.libp2p.protobuf;
	requires java.net.http;
	requires tools.jackson.core;

	exports io.p2pboot.libp2p.ipfs;

}

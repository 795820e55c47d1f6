/** The messages of the specifications, for the modules of libp2p alone. */
@SuppressWarnings("module")
module io.p2pboot.libp2p.protobuf {

	requires transitive com.google.protobuf;

	exports io.p2pboot.libp2p.wire.pb to io.p2pboot.libp2p.core, io.p2pboot.libp2p.ipfs, io.p2pboot.libp2p.kad;

}

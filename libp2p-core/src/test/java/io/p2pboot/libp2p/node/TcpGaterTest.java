package io.p2pboot.libp2p.node;

/**
 * The gater over TCP.
 */
class TcpGaterTest extends GaterConformance {

	@Override
	NodeLink link() {
		return NodeLink.TCP;
	}

}

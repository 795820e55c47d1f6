package io.p2pboot.libp2p.node;

/**
 * The gater over QUIC.
 */
class QuicGaterTest extends GaterConformance {

	@Override
	NodeLink link() {
		return NodeLink.QUIC;
	}

}

package io.p2pboot.libp2p.node;

class QuicNodeTest extends NodeConformance {

	@Override
	NodeLink link() {
		return NodeLink.QUIC;
	}

}

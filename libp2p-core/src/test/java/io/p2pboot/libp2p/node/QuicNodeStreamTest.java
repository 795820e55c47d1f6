package io.p2pboot.libp2p.node;

class QuicNodeStreamTest extends StreamConformance {

	@Override
	NodeLink link() {
		return NodeLink.QUIC;
	}

}

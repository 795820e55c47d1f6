package io.p2pboot.libp2p.node;

class TcpStreamTest extends StreamConformance {

	@Override
	NodeLink link() {
		return NodeLink.TCP;
	}

}

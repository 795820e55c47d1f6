package io.p2pboot.libp2p.node;

class TcpNodeTest extends NodeConformance {

	@Override
	NodeLink link() {
		return NodeLink.TCP;
	}

}

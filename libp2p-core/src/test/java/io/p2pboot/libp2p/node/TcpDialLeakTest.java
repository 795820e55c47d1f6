package io.p2pboot.libp2p.node;

class TcpDialLeakTest extends DialLeakConformance {

	@Override
	NodeLink link() {
		return NodeLink.TCP;
	}

}

package io.p2pboot.libp2p.node;

class TcpDatagramTest extends MessageDatagramConformance {

	@Override
	NodeLink link() {
		return NodeLink.TCP;
	}

}

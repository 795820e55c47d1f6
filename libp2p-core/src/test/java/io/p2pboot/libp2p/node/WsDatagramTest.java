package io.p2pboot.libp2p.node;

class WsDatagramTest extends MessageDatagramConformance {

	@Override
	NodeLink link() {
		return NodeLink.WS;
	}

}

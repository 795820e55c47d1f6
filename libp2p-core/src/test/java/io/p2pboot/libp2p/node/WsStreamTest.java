package io.p2pboot.libp2p.node;

class WsStreamTest extends StreamConformance {

	@Override
	NodeLink link() {
		return NodeLink.WS;
	}

}

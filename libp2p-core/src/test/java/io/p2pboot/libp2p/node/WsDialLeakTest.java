package io.p2pboot.libp2p.node;

class WsDialLeakTest extends DialLeakConformance {

	@Override
	NodeLink link() {
		return NodeLink.WS;
	}

}

package io.p2pboot.libp2p.node;

class WsNodeTest extends NodeConformance {

	@Override
	NodeLink link() {
		return NodeLink.WS;
	}

}

package io.p2pboot.libp2p.node;

/**
 * The gater over WS.
 */
class WsGaterTest extends GaterConformance {

	@Override
	NodeLink link() {
		return NodeLink.WS;
	}

}

package io.p2pboot.libp2p.node;

class MemoryNodeTest extends NodeConformance {

	@Override
	NodeLink link() {
		return NodeLink.MEMORY;
	}

}

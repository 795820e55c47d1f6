package io.p2pboot.libp2p.node;

class MemoryStreamTest extends StreamConformance {

	@Override
	NodeLink link() {
		return NodeLink.MEMORY;
	}

}

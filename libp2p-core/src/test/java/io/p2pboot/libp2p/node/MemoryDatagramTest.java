package io.p2pboot.libp2p.node;

class MemoryDatagramTest extends MessageDatagramConformance {

	@Override
	NodeLink link() {
		return NodeLink.MEMORY;
	}

}

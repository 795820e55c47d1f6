package io.p2pboot.libp2p.node;

/**
 * The gater over MEMORY.
 */
class MemoryGaterTest extends GaterConformance {

	@Override
	NodeLink link() {
		return NodeLink.MEMORY;
	}

}

package io.p2pboot.libp2p.node;

class QuicScopeMemoryTest extends ScopeMemoryTest {

	@Override
	NodeLink link() {
		return NodeLink.QUIC;
	}

}

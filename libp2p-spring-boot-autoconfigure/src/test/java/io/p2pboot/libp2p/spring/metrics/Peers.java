package io.p2pboot.libp2p.spring.metrics;

import java.io.IOException;
import java.util.List;
import java.util.Set;

import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.node.NodeBuilder;

import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;

/**
 * Nodes for the tests of metrics.
 */
final class Peers {

	private Peers() {
	}

	static Node tcp() throws IOException {
		return NodeBuilder.create().listen("/ip4/127.0.0.1/tcp/0").start();
	}

	/** A node that serves nothing and knows nobody. */
	static Node none() {
		Node node = mock(Node.class);
		given(node.protocols()).willReturn(Set.of());
		given(node.connections()).willReturn(List.of());
		return node;
	}

}

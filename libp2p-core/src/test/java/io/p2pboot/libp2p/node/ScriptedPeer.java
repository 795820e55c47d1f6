package io.p2pboot.libp2p.node;

import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.netty.NettyNode;

/**
 * Makes a node a peer that lacks what every node of ours has, or whose test says it in
 * its place.
 */
public final class ScriptedPeer {

	private ScriptedPeer() {
	}

	/** Frees the path of a built-in protocol. */
	public static void withoutBuiltIn(NettyNode node, ProtocolPath path) {
		((Libp2pNode) node).swarm.unmount(path, Node.Unmount.KEEP_STREAMS);
	}

}

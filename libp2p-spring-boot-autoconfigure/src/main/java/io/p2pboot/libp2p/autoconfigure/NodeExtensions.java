package io.p2pboot.libp2p.autoconfigure;

import io.p2pboot.libp2p.ConnectionListener;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.PeerRouting;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;

/**
 * Gives the node the routings and listeners that beans bring; they may use the node
 * themselves.
 *
 * @param node the node
 * @param routings the routings, in the order in which they are asked
 * @param listeners the connection listeners
 */
record NodeExtensions(Node node, ObjectProvider<PeerRouting> routings,
		ObjectProvider<ConnectionListener> listeners) implements SmartInitializingSingleton {

	@Override
	public void afterSingletonsInstantiated() {
		this.routings.orderedStream().forEach(this.node::mountRouting);
		// A peer store that listens is told by the node itself.
		this.listeners.orderedStream()
			.filter((listener) -> listener != this.node.peerStore())
			.forEach(this.node::addConnectionListener);
	}

}

package io.p2pboot.libp2p.autoconfigure;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;

import io.p2pboot.libp2p.ConnectionListener;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.PeerRouting;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;

/**
 * Gives the node the routings and listeners that beans bring; they may use the node
 * themselves.
 *
 * @param node the node
 * @param parent the beans of the parent context; null if there is none
 * @param routings the routings, in the order in which they are asked
 * @param listeners the connection listeners
 */
record NodeExtensions(Node node, @Nullable BeanFactory parent, ObjectProvider<PeerRouting> routings,
		ObjectProvider<ConnectionListener> listeners) implements SmartInitializingSingleton {

	@Override
	public void afterSingletonsInstantiated() {
		Set<PeerRouting> elsewhere = mountedByParent();
		this.routings.orderedStream()
			.filter((routing) -> !elsewhere.contains(routing))
			.forEach(this.node::mountRouting);
		// A peer store that listens is told by the node itself.
		this.listeners.orderedStream()
			.filter((listener) -> listener != this.node.peerStore())
			.forEach(this.node::addConnectionListener);
	}

	/**
	 * What a parent context with a node of its own has mounted there: one node is all.
	 */
	private Set<PeerRouting> mountedByParent() {
		Set<PeerRouting> mounted = Collections.newSetFromMap(new IdentityHashMap<>());
		BeanFactory parent = this.parent;
		if (parent != null && parent.getBeanProvider(NodeExtensions.class).stream().findAny().isPresent()) {
			parent.getBeanProvider(PeerRouting.class).forEach(mounted::add);
		}
		return mounted;
	}

}

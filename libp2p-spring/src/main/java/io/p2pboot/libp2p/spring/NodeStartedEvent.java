package io.p2pboot.libp2p.spring;

import java.util.List;

import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.multiformats.Multiaddr;

import org.springframework.context.ApplicationEvent;

/**
 * The node is running and every configured address is bound.
 */
public final class NodeStartedEvent extends ApplicationEvent {

	private static final long serialVersionUID = 1L;

	/**
	 * Creates the event.
	 * @param node the node
	 */
	public NodeStartedEvent(Node node) {
		super(node);
	}

	/**
	 * Returns the node.
	 * @return the node
	 */
	public Node node() {
		return (Node) getSource();
	}

	/**
	 * Returns its identity.
	 * @return the peer id
	 */
	public PeerId peerId() {
		return node().peerId();
	}

	/**
	 * Returns what it listens on.
	 * @return the bound addresses, port 0 resolved; empty if it only dials
	 */
	public List<Multiaddr> addresses() {
		return node().listenAddresses();
	}

}

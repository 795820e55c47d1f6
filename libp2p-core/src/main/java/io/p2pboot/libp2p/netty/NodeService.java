package io.p2pboot.libp2p.netty;

import java.io.IOException;

/**
 * Something that lives on a node for as long as that runs: a protocol that speaks by
 * itself, such as identify, Kademlia or a publish-subscribe router. Given to the builder
 * of a node.
 */
public interface NodeService {

	/**
	 * Starts the service: mounts its protocols, adds its listeners, begins its timers.
	 * Called each time the node starts, in the order in which services were added, when
	 * the node can dial and before it listens: no peer finds a protocol missing. May not
	 * wait for the network.
	 * @param node the node
	 * @throws IOException if the service cannot work: the node does not start
	 */
	void start(NettyNode node) throws IOException;

	/**
	 * Ends what {@link #start} began; a stream that the service has opened may be left to
	 * end with its connection. Called each time the node stops, in the opposite order,
	 * while connections are open still. May not wait for the network. Does nothing by
	 * default.
	 */
	default void stop() {
	}

}

package io.p2pboot.libp2p.interop.peer;

import tools.jackson.databind.node.ObjectNode;

/**
 * Where a peer tells what happens to it. Called from any thread.
 */
public interface PeerOutput {

	/**
	 * Tells an event.
	 * @param name its name
	 * @param fields what belongs to it
	 */
	void event(String name, ObjectNode fields);

}

package io.p2pboot.libp2p.interop.driver;

import io.p2pboot.libp2p.interop.peer.JavaPeer;
import tools.jackson.databind.node.ObjectNode;

/**
 * A node of this stack within the driver's own process, so that the driver's leak checks
 * and debugger see it. Thread-safe.
 */
public final class LocalPeer extends Conversation {

	private final JavaPeer peer = new JavaPeer(this::received);

	@Override
	public String stack() {
		return "java";
	}

	@Override
	void write(ObjectNode request) {
		this.peer.submit(request);
	}

	@Override
	public void kill() {
		close();
	}

	@Override
	public void close() {
		this.peer.close();
		end();
	}

}

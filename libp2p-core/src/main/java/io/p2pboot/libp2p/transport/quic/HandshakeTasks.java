package io.p2pboot.libp2p.transport.quic;

import java.util.concurrent.Executor;

/**
 * Runs the TLS work of handshakes, at once. That of a connection that was not admitted is
 * dropped: then the codec has no answer to the first packet but that the connection is
 * refused, and no signature was made. Event loop only.
 */
final class HandshakeTasks implements Executor {

	private boolean refusing;

	/** The packet that is being read began a connection that is not admitted. */
	void refuse() {
		this.refusing = true;
	}

	void packetRead() {
		this.refusing = false;
	}

	@Override
	public void execute(Runnable task) {
		if (!this.refusing) {
			task.run();
		}
	}

}

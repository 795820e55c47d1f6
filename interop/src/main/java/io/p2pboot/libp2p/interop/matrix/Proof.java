package io.p2pboot.libp2p.interop.matrix;

import java.io.PrintStream;

import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.PeerId;

/**
 * Tells what this side saw, one line each, so that a script can compare it with the other
 * side. Thread-safe.
 */
final class Proof {

	private final PrintStream out;

	Proof(PrintStream out) {
		this.out = out;
	}

	void self(PeerId id) {
		line("{\"self\":\"" + id + "\"}");
	}

	void opened(Connection connection) {
		line("{\"open\":\"" + connection.remotePeer() + "\",\"dir\":\""
				+ ((connection.direction() == Direction.INBOUND) ? "in" : "out") + "\",\"enc\":\""
				+ connection.security().orElse("") + "\",\"mux\":\"" + connection.muxer().orElse("") + "\"}");
	}

	void transferred(String direction, long up, long down) {
		line("{\"perf\":\"" + direction + "\",\"up\":" + up + ",\"down\":" + down + "}");
	}

	private void line(String json) {
		this.out.print("proof " + json + "\n");
		this.out.flush();
	}

}

package io.p2pboot.libp2p.interop;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.p2pboot.libp2p.interop.driver.Peer;
import io.p2pboot.libp2p.interop.driver.PeerFailure;
import tools.jackson.databind.JsonNode;

/**
 * A peer whose node runs.
 *
 * @param peer the peer
 * @param id its peer id
 * @param addresses where it listens, each with its id
 */
record StartedPeer(Peer peer, String id, List<String> addresses) implements AutoCloseable {

	private static final Duration PATIENCE = Duration.ofSeconds(20);

	static final String TCP = "/ip4/127.0.0.1/tcp/0";

	/** Starts a node that listens on TCP. */
	static StartedPeer start(String stack, String security) {
		return start(stack, Map.of("security", List.of(security)));
	}

	/** Starts a node; it listens on TCP unless the arguments say otherwise. */
	static StartedPeer start(String stack, Map<String, ?> arguments) {
		return start(Stacks.launch(stack), arguments);
	}

	/** Starts the node of a peer. */
	static StartedPeer start(Peer peer, Map<String, ?> arguments) {
		Map<String, Object> all = new HashMap<>(arguments);
		all.putIfAbsent("listen", List.of(TCP));
		all.putIfAbsent("timeout", 30_000);
		try {
			JsonNode started = peer.call("start", all);
			List<String> addresses = started.path("addrs").valueStream().map(JsonNode::stringValue).toList();
			return new StartedPeer(peer, started.path("peer").stringValue(), addresses);
		}
		catch (PeerFailure failure) {
			peer.close();
			Stacks.skipIfUnsupported(failure);
			throw failure;
		}
	}

	String address() {
		return this.addresses.get(0);
	}

	JsonNode dial(StartedPeer other) {
		return dial(other.address());
	}

	JsonNode dial(String address) {
		return call("dial", Map.of("addr", address, "timeout", 20_000));
	}

	/** Runs a request; what the peer says that it cannot do at all skips the test. */
	JsonNode call(String op, Map<String, ?> arguments) {
		try {
			return this.peer.call(op, arguments);
		}
		catch (PeerFailure failure) {
			Stacks.skipIfUnsupported(failure);
			throw failure;
		}
	}

	/** Runs a request that fails, and returns the kind of its failure. */
	String failure(String op, Map<String, ?> arguments) {
		try {
			throw new AssertionError(this.peer.stack() + " " + op + " did not fail but said " + call(op, arguments));
		}
		catch (PeerFailure failure) {
			return failure.kind();
		}
	}

	/** The connections with another peer, as soon as there is one. */
	List<JsonNode> awaitConnections(StartedPeer other) {
		return awaitConnections(other, true);
	}

	/** Waits until there is no connection with another peer. */
	void awaitNoConnection(StartedPeer other) {
		awaitConnections(other, false);
	}

	private List<JsonNode> awaitConnections(StartedPeer other, boolean wanted) {
		long end = System.nanoTime() + PATIENCE.toNanos();
		List<JsonNode> found = connections(other);
		while (found.isEmpty() == wanted) {
			if (System.nanoTime() > end) {
				throw new AssertionError(this.peer.stack() + " has the connections " + found + " after " + PATIENCE);
			}
			// The event says that something has changed; the list says what.
			this.peer.awaitEvent(wanted ? "connOpen" : "connClose", (event) -> true, Duration.ofMillis(20));
			found = connections(other);
		}
		return found;
	}

	List<JsonNode> connections(StartedPeer other) {
		return call("conns", Map.of("peer", other.id())).path("conns").valueStream().toList();
	}

	@Override
	public void close() {
		this.peer.close();
	}

}

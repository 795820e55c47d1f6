package io.p2pboot.libp2p.swarm;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

import io.p2pboot.libp2p.LimitExceeded;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.resource.BoundedCounter;
import io.p2pboot.libp2p.resource.ConnectionLimits;

/**
 * The open connections by peer. Any thread.
 */
final class ConnectionTable {

	private final ConcurrentHashMap<PeerId, List<SwarmConnection>> byPeer = new ConcurrentHashMap<>();

	private final BoundedCounter total;

	private final int perPeer;

	ConnectionTable(ConnectionLimits limits) {
		this.total = new BoundedCounter("connections", limits.connections());
		this.perPeer = limits.connectionsPerPeer();
	}

	/** Adds a connection, or says which limit it would exceed. */
	Optional<LimitExceeded> add(SwarmConnection connection) {
		if (!this.total.tryAcquire()) {
			return Optional.of(this.total.exceeded());
		}
		boolean[] added = new boolean[1];
		this.byPeer.compute(connection.remotePeer(), (peer, present) -> {
			List<SwarmConnection> before = (present != null) ? present : List.of();
			added[0] = before.size() < this.perPeer;
			return added[0] ? with(before, connection) : present;
		});
		if (!added[0]) {
			this.total.release();
			return Optional.of(new LimitExceeded("connections per peer", this.perPeer + 1L, this.perPeer));
		}
		return Optional.empty();
	}

	private static List<SwarmConnection> with(List<SwarmConnection> before, SwarmConnection connection) {
		List<SwarmConnection> after = new ArrayList<>(before);
		after.add(connection);
		return List.copyOf(after);
	}

	void remove(SwarmConnection connection) {
		boolean[] removed = new boolean[1];
		this.byPeer.computeIfPresent(connection.remotePeer(), (peer, present) -> {
			List<SwarmConnection> left = present.stream().filter((other) -> other != connection).toList();
			removed[0] = left.size() < present.size();
			return left.isEmpty() ? null : left;
		});
		if (removed[0]) {
			this.total.release();
		}
	}

	boolean isFull() {
		return this.total.isUsedUp();
	}

	LimitExceeded full() {
		return this.total.exceeded();
	}

	/** The connection for a new stream: QUIC first, else the oldest that takes one. */
	Optional<SwarmConnection> best(PeerId peer) {
		List<SwarmConnection> open = this.byPeer.getOrDefault(peer, List.of())
			.stream()
			.filter(SwarmConnection::takesStreams)
			.toList();
		return open.stream()
			.filter((connection) -> connection.muxer().isEmpty())
			.findFirst()
			.or(() -> open.stream().findFirst());
	}

	List<SwarmConnection> of(PeerId peer) {
		return this.byPeer.getOrDefault(peer, List.of());
	}

	List<SwarmConnection> all() {
		return this.byPeer.values().stream().flatMap(List::stream).toList();
	}

}

package io.p2pboot.libp2p.swarm;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

import io.p2pboot.libp2p.ConnectOptions;
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

	/**
	 * The connection for a new stream: unlimited before limited, direct before relayed,
	 * then QUIC before others, then the oldest.
	 */
	Optional<SwarmConnection> best(PeerId peer) {
		return best(peer, (connection) -> true);
	}

	/** The best connection that somebody will do with. */
	Optional<SwarmConnection> best(PeerId peer, ConnectOptions options) {
		return best(peer, (connection) -> connection.suits(options));
	}

	private Optional<SwarmConnection> best(PeerId peer, Predicate<SwarmConnection> suits) {
		// The first of those that are alike: the list is in the order of age.
		return of(peer).stream()
			.filter((connection) -> connection.takesStreams() && suits.test(connection))
			.min(Comparator.comparing(SwarmConnection::isLimited)
				.thenComparing((connection) -> connection.relay().isPresent())
				.thenComparing((connection) -> connection.muxer().isPresent()));
	}

	List<SwarmConnection> of(PeerId peer) {
		return this.byPeer.getOrDefault(peer, List.of());
	}

	List<SwarmConnection> all() {
		return this.byPeer.values().stream().flatMap(List::stream).toList();
	}

}

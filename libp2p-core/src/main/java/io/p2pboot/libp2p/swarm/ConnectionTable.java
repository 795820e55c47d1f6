package io.p2pboot.libp2p.swarm;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

import io.p2pboot.libp2p.ConnectOptions;
import io.p2pboot.libp2p.PeerId;

/**
 * The open connections by peer. Any thread.
 */
final class ConnectionTable {

	private static final Predicate<SwarmConnection> ANY = (connection) -> true;

	private final ConcurrentHashMap<PeerId, List<SwarmConnection>> byPeer = new ConcurrentHashMap<>();

	private final AtomicInteger size = new AtomicInteger();

	void add(SwarmConnection connection) {
		this.size.incrementAndGet();
		this.byPeer.compute(connection.remotePeer(),
				(peer, present) -> with((present != null) ? present : List.of(), connection));
	}

	private static List<SwarmConnection> with(List<SwarmConnection> before, SwarmConnection connection) {
		List<SwarmConnection> after = new ArrayList<>(before);
		after.add(connection);
		return List.copyOf(after);
	}

	void remove(SwarmConnection connection) {
		this.byPeer.computeIfPresent(connection.remotePeer(), (peer, present) -> {
			List<SwarmConnection> left = without(present, connection);
			this.size.addAndGet(left.size() - present.size());
			return left.isEmpty() ? null : left;
		});
	}

	private static List<SwarmConnection> without(List<SwarmConnection> before, SwarmConnection connection) {
		List<SwarmConnection> after = new ArrayList<>(before.size());
		for (SwarmConnection other : before) {
			if (other != connection) {
				after.add(other);
			}
		}
		return List.copyOf(after);
	}

	/**
	 * The connection for a new stream: unlimited before limited, direct before relayed,
	 * then QUIC before others, then the oldest.
	 */
	Optional<SwarmConnection> best(PeerId peer) {
		return best(peer, ANY);
	}

	/** The best connection that somebody will do with. */
	Optional<SwarmConnection> best(PeerId peer, ConnectOptions options) {
		return best(peer, (connection) -> connection.suits(options));
	}

	private Optional<SwarmConnection> best(PeerId peer, Predicate<SwarmConnection> suits) {
		SwarmConnection best = null;
		int worth = Integer.MAX_VALUE;
		for (SwarmConnection connection : of(peer)) {
			if (connection.takesStreams() && suits.test(connection)) {
				int rank = rank(connection);
				// The first of those that are alike: the list is in the order of age.
				if (rank < worth) {
					best = connection;
					worth = rank;
				}
			}
		}
		return Optional.ofNullable(best);
	}

	/** The lower, the better. */
	private static int rank(SwarmConnection connection) {
		return (connection.isLimited() ? 4 : 0) + (connection.relay().isPresent() ? 2 : 0)
				+ (connection.muxer().isPresent() ? 1 : 0);
	}

	List<SwarmConnection> of(PeerId peer) {
		return this.byPeer.getOrDefault(peer, List.of());
	}

	int size() {
		return this.size.get();
	}

	List<SwarmConnection> all() {
		List<SwarmConnection> all = new ArrayList<>(this.size.get());
		for (List<SwarmConnection> some : this.byPeer.values()) {
			all.addAll(some);
		}
		return List.copyOf(all);
	}

}

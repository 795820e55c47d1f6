package io.p2pboot.libp2p.swarm;

import java.util.ArrayList;
import java.util.Comparator;
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
			List<SwarmConnection> left = present.stream().filter((other) -> other != connection).toList();
			this.size.addAndGet(left.size() - present.size());
			return left.isEmpty() ? null : left;
		});
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

	int size() {
		return this.size.get();
	}

	List<SwarmConnection> all() {
		return this.byPeer.values().stream().flatMap(List::stream).toList();
	}

}

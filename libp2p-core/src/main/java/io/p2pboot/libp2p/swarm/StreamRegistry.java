package io.p2pboot.libp2p.swarm;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.Collectors;

import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.netty.StreamInitializer;

/**
 * The protocols that are served, by path. Any thread. The map is ordered: a remote peer
 * chooses the keys it is asked for, and comparing them cannot be made slow.
 */
final class StreamRegistry {

	private final ConcurrentSkipListMap<String, StreamInitializer> byPath = new ConcurrentSkipListMap<>();

	/** Adds a protocol; false if the path is taken. */
	boolean add(ProtocolPath path, StreamInitializer initializer) {
		return this.byPath.putIfAbsent(path.toString(), initializer) == null;
	}

	void remove(ProtocolPath path) {
		this.byPath.remove(path.toString());
	}

	Optional<StreamInitializer> find(String path) {
		return Optional.ofNullable(this.byPath.get(path));
	}

	boolean contains(String path) {
		return this.byPath.containsKey(path);
	}

	List<String> names() {
		return List.copyOf(this.byPath.keySet());
	}

	Set<ProtocolPath> paths() {
		return this.byPath.keySet().stream().map(ProtocolPath::of).collect(Collectors.toUnmodifiableSet());
	}

}

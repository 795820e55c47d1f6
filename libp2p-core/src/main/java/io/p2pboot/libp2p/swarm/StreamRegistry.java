package io.p2pboot.libp2p.swarm;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.Collectors;

import io.p2pboot.libp2p.ErrorCode;
import io.p2pboot.libp2p.Node.Unmount;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.netty.StreamChannel;
import io.p2pboot.libp2p.netty.StreamInitializer;

/**
 * The protocols that are served, by path, and their open streams. Any thread. The map is
 * ordered: a remote peer chooses the keys it is asked for, and comparing them cannot be
 * made slow.
 */
final class StreamRegistry {

	private final ConcurrentSkipListMap<String, Served> byPath = new ConcurrentSkipListMap<>();

	/** Adds a protocol; false if the path is taken. */
	boolean add(ProtocolPath path, StreamInitializer initializer) {
		return this.byPath.putIfAbsent(path.toString(), new Served(initializer)) == null;
	}

	void remove(ProtocolPath path, Unmount streams) {
		Served removed = this.byPath.remove(path.toString());
		if (removed != null && streams == Unmount.RESET_STREAMS) {
			removed.resetAll();
		}
	}

	/** Returns what sets an inbound stream of a protocol up. */
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

	/**
	 * A protocol with its open streams. Any thread.
	 */
	private static final class Served implements StreamInitializer {

		private final StreamInitializer initializer;

		private final Set<StreamChannel> open = ConcurrentHashMap.newKeySet();

		private volatile boolean ended;

		Served(StreamInitializer initializer) {
			this.initializer = initializer;
		}

		@Override
		public void initialize(StreamChannel stream) throws Exception {
			this.open.add(stream);
			stream.closeFuture().addListener((closed) -> this.open.remove(stream));
			if (this.ended) {
				// Whoever unmounts may have missed this one.
				stream.reset(ErrorCode.SHUTDOWN.stream());
				return;
			}
			this.initializer.initialize(stream);
		}

		void resetAll() {
			this.ended = true;
			this.open.forEach((stream) -> stream.reset(ErrorCode.SHUTDOWN.stream()));
		}

	}

}

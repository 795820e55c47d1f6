package io.p2pboot.libp2p.resource;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;

import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.LimitExceeded;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.resource.StreamLimits.Limit;
import io.p2pboot.libp2p.resource.StreamLimits.Shared;
import org.jspecify.annotations.Nullable;

/**
 * How many streams each scope has, and the memory that some of them hold: the node,
 * peers, protocols, services, and peers within both. A scope that has none is forgotten.
 * Thread-safe; takes no lock for longer than it takes to count.
 */
final class StreamUse {

	/** What a scope is of. */
	enum Kind {

		SYSTEM("system"),

		PEER("peer"),

		PROTOCOL("protocol"),

		PROTOCOL_PEER("protocol-peer"),

		SERVICE("service"),

		SERVICE_PEER("service-peer");

		private final String label;

		Kind(String label) {
			this.label = label;
		}

		String label() {
			return this.label;
		}

	}

	/**
	 * Which scope.
	 *
	 * @param kind what it is of
	 * @param name the protocol or service; empty for others
	 * @param peer the peer, where the scope is of one
	 */
	record Key(Kind kind, String name, Optional<PeerId> peer) {

		@Override
		public String toString() {
			StringBuilder text = new StringBuilder(this.kind.label());
			if (!this.name.isEmpty()) {
				text.append(':').append(this.name);
			}
			this.peer.ifPresent((id) -> text.append(':').append(id));
			return text.toString();
		}

	}

	/** How many streams are open in a scope. */
	record Count(int inbound, int outbound) {

		int of(Direction direction) {
			return (direction == Direction.INBOUND) ? this.inbound : this.outbound;
		}

		Count plus(Direction direction, int more) {
			return (direction == Direction.INBOUND) ? new Count(this.inbound + more, this.outbound)
					: new Count(this.inbound, this.outbound + more);
		}

	}

	/** No stream, or no connection. */
	static final Count NOTHING = new Count(0, 0);

	private static final Key SYSTEM = new Key(Kind.SYSTEM, "", Optional.empty());

	private final StreamLimits limits;

	/** Which service a protocol belongs to. */
	private final Map<ProtocolPath, String> services = new HashMap<>();

	private final ConcurrentHashMap<Key, Count> counts = new ConcurrentHashMap<>();

	/** How many bytes protocols and services hold, while they have streams. */
	private final ConcurrentHashMap<Key, AtomicLong> memory = new ConcurrentHashMap<>();

	/** Hears of a peer's count, before and after. */
	private final PeerListener listener;

	/**
	 * Hears how many streams a peer has.
	 */
	interface PeerListener {

		void changed(Direction direction, int before, int after);

	}

	StreamUse(StreamLimits limits, PeerListener listener) {
		this.limits = limits;
		this.listener = listener;
		limits.services()
			.forEach((name, service) -> service.protocols().forEach((path) -> this.services.put(path, name)));
	}

	/** The scopes of a stream whose protocol is not known yet. */
	static List<Key> opened(Optional<PeerId> peer) {
		return peer.isPresent() ? List.of(SYSTEM, new Key(Kind.PEER, "", peer)) : List.of(SYSTEM);
	}

	/** The further scopes of a stream of a protocol. */
	List<Key> served(ProtocolPath protocol, Optional<PeerId> peer) {
		List<Key> keys = new ArrayList<>(4);
		add(keys, Kind.PROTOCOL, Kind.PROTOCOL_PEER, protocol.toString(), peer);
		String service = this.services.get(protocol);
		if (service != null) {
			add(keys, Kind.SERVICE, Kind.SERVICE_PEER, service, peer);
		}
		return keys;
	}

	private static void add(List<Key> keys, Kind all, Kind ofPeer, String name, Optional<PeerId> peer) {
		keys.add(new Key(all, name, Optional.empty()));
		if (peer.isPresent()) {
			keys.add(new Key(ofPeer, name, peer));
		}
	}

	/** Counts a stream in all of the scopes, or in none. */
	void take(List<Key> keys, Direction direction) throws LimitExceeded {
		for (int i = 0; i < keys.size(); i++) {
			Key key = keys.get(i);
			int most = most(key, direction);
			int now = change(key, direction, 1, most);
			if (now >= most) {
				giveBack(keys.subList(0, i), direction);
				throw new LimitExceeded(key.toString(), direction.label() + " streams", now + 1L, most);
			}
		}
	}

	void giveBack(List<Key> keys, Direction direction) {
		keys.forEach((key) -> change(key, direction, -1, Integer.MAX_VALUE));
	}

	/** Changes a count, unless it has reached its maximum; returns what it was. */
	private int change(Key key, Direction direction, int more, int most) {
		int[] before = new int[1];
		this.counts.compute(key, (same, known) -> {
			Count count = (known != null) ? known : NOTHING;
			before[0] = count.of(direction);
			if (before[0] >= most) {
				return known;
			}
			Count changed = count.plus(direction, more);
			if (changed.equals(NOTHING)) {
				this.memory.remove(same);
				return null;
			}
			return changed;
		});
		if (key.kind() == Kind.PEER && before[0] < most) {
			this.listener.changed(direction, before[0], before[0] + more);
		}
		return before[0];
	}

	/**
	 * What counts the memory of those scopes that are told; the stream counts in them.
	 */
	List<AtomicLong> memory(List<Key> keys) {
		List<AtomicLong> counts = new ArrayList<>(2);
		for (Key key : keys) {
			if (key.kind() == Kind.PROTOCOL || key.kind() == Kind.SERVICE) {
				counts.add(this.memory.computeIfAbsent(key, (same) -> new AtomicLong()));
			}
		}
		return counts;
	}

	/** How many bytes a protocol or service holds. */
	long memory(Key key) {
		AtomicLong bytes = this.memory.get(key);
		return (bytes != null) ? bytes.get() : 0;
	}

	private int most(Key key, Direction direction) {
		Limit limit = limit(key);
		return (direction == Direction.INBOUND) ? limit.inbound() : limit.outbound();
	}

	/** The limit of a scope. */
	Limit limit(Key key) {
		return switch (key.kind()) {
			case SYSTEM -> this.limits.system();
			case PEER -> this.limits.peer();
			case PROTOCOL -> ofProtocol(key.name()).all();
			case PROTOCOL_PEER -> ofProtocol(key.name()).peer();
			case SERVICE -> ofService(key.name()).all();
			case SERVICE_PEER -> ofService(key.name()).peer();
		};
	}

	private Shared ofProtocol(String name) {
		@Nullable Shared own = this.limits.protocols().get(ProtocolPath.of(name));
		return (own != null) ? own : new Shared(this.limits.protocol(), this.limits.protocolPeer());
	}

	private Shared ofService(String name) {
		StreamLimits.Service service = this.limits.services().get(name);
		return (service != null) ? service.limit() : new Shared(Limit.NONE, Limit.NONE);
	}

	/** Tells how many streams each scope has. */
	void forEach(BiConsumer<Key, Count> told) {
		this.counts.forEach(told);
	}

	Count system() {
		return count(SYSTEM);
	}

	Count count(Key key) {
		return this.counts.getOrDefault(key, NOTHING);
	}

}

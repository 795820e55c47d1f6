package io.p2pboot.libp2p.peerstore;

import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.ConnectionListener;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.PeerRecord;
import io.p2pboot.libp2p.PeerStore;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.crypto.PublicKey;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import org.jspecify.annotations.Nullable;

/**
 * Keeps what is known of peers in memory. As a listener of a node it learns which peers
 * are connected: those are the last to make room for others. Thread-safe; guarded by
 * {@code lock}, which is only held for work in memory.
 */
public final class InMemoryPeerStore implements PeerStore, ConnectionListener {

	/** The most protocols that are kept for one peer. */
	public static final int MAX_PROTOCOLS_PER_PEER = 1024;

	/** The most metadata values of one peer. */
	public static final int MAX_METADATA_PER_PEER = 16;

	/** The longest name of a metadata value, in characters. */
	public static final int MAX_METADATA_NAME = 64;

	/** The longest metadata value, in characters. */
	public static final int MAX_METADATA_VALUE = 512;

	/** Addresses longer than this, in bytes, are not kept. */
	public static final int MAX_ADDRESS_BYTES = 1024;

	/** Envelopes longer than this, in bytes, are not kept; their addresses are. */
	public static final int MAX_ENVELOPE_BYTES = 8 * 1024;

	/**
	 * How much memory all peers together may take, in bytes, as it is estimated; on a
	 * small heap an eighth of it. One peer may tell a hundred times what an honest one
	 * does: as many of those as there may be peers would not fit anywhere.
	 */
	public static final long MAX_HELD_BYTES = 256L << 20;

	private static final int HEAP_SHARE = 8;

	/** A full store looks for expired peers at most this often. */
	private static final Duration SWEEP_INTERVAL = Duration.ofMinutes(1);

	private final ReentrantLock lock = new ReentrantLock();

	private final Clock clock;

	private final int maxPeers;

	private final long maxHeldBytes;

	/** Told, under the lock, of each peer of which something else is known now. */
	private final Consumer<PeerId> changes;

	/** The peers that have signed their addresses, least recently updated first. */
	private final Map<PeerId, PeerEntry> certified = new LinkedHashMap<>();

	/** The other peers, least recently updated first. */
	private final Map<PeerId, PeerEntry> uncertified = new LinkedHashMap<>();

	/** How many connections each connected peer has. */
	private final Map<PeerId, Integer> connections = new HashMap<>();

	private long nextSweepMillis = Long.MIN_VALUE;

	private long heldBytes;

	InMemoryPeerStore(Clock clock, int maxPeers, long maxHeldBytes, Consumer<PeerId> changes) {
		this.clock = clock;
		this.maxPeers = maxPeers;
		this.maxHeldBytes = maxHeldBytes;
		this.changes = changes;
	}

	InMemoryPeerStore(Clock clock, int maxPeers, long maxHeldBytes) {
		this(clock, maxPeers, maxHeldBytes, (peer) -> {
		});
	}

	InMemoryPeerStore(Clock clock, int maxPeers) {
		this(clock, maxPeers, maxHeldBytes());
	}

	/** {@link #MAX_HELD_BYTES}, or what the heap allows. */
	static long maxHeldBytes() {
		return Math.min(MAX_HELD_BYTES, Runtime.getRuntime().maxMemory() / HEAP_SHARE);
	}

	/**
	 * Creates an empty store.
	 * @param clock the clock by which addresses expire
	 * @return the store
	 */
	public static InMemoryPeerStore create(Clock clock) {
		return new InMemoryPeerStore(clock, MAX_PEERS);
	}

	@Override
	public List<Multiaddr> addresses(PeerId peer) {
		return read(peer, (entry) -> entry.addresses(this.clock.millis()), List.of());
	}

	@Override
	public void addAddresses(PeerId peer, List<Multiaddr> addresses, Duration timeToLive) {
		long now = this.clock.millis();
		long expiry = expiry(now, timeToLive);
		if (!addresses.isEmpty()) {
			update(peer, (entry) -> {
				entry.addAddresses(peer, addresses, now, expiry);
				return true;
			});
		}
	}

	@Override
	public boolean addRecord(PeerRecord record, Duration timeToLive) {
		long now = this.clock.millis();
		long expiry = expiry(now, timeToLive);
		return update(record.peer(), (entry) -> entry.addRecord(record, null, now, expiry));
	}

	@Override
	public boolean addRecord(PeerRecord record, ByteBuffer envelope, Duration timeToLive) {
		long now = this.clock.millis();
		long expiry = expiry(now, timeToLive);
		ByteBuffer kept = (envelope.remaining() > MAX_ENVELOPE_BYTES) ? null : copy(envelope);
		return update(record.peer(), (entry) -> entry.addRecord(record, kept, now, expiry));
	}

	private static ByteBuffer copy(ByteBuffer source) {
		return ByteBuffer.allocate(source.remaining()).put(source.duplicate()).flip().asReadOnlyBuffer();
	}

	@Override
	public Optional<PeerRecord> record(PeerId peer) {
		return read(peer, (entry) -> Optional.ofNullable(entry.record(this.clock.millis())), Optional.empty());
	}

	@Override
	public Optional<ByteBuffer> envelope(PeerId peer) {
		return read(peer, (entry) -> entry.envelope(this.clock.millis()), Optional.empty());
	}

	@Override
	public Set<ProtocolPath> protocols(PeerId peer) {
		return read(peer, PeerEntry::protocols, Set.of());
	}

	@Override
	public void protocols(PeerId peer, Set<ProtocolPath> protocols) {
		Set<ProtocolPath> kept = (protocols.size() <= MAX_PROTOCOLS_PER_PEER) ? Set.copyOf(protocols)
				: protocols.stream().limit(MAX_PROTOCOLS_PER_PEER).collect(Collectors.toUnmodifiableSet());
		update(peer, (entry) -> {
			entry.protocols(kept);
			return true;
		});
	}

	@Override
	public Optional<PublicKey> publicKey(PeerId peer) {
		Optional<PublicKey> inlined = peer.inlinedKey();
		return inlined.isPresent() ? inlined
				: read(peer, (entry) -> Optional.ofNullable(entry.publicKey()), Optional.empty());
	}

	@Override
	public void publicKey(PeerId peer, PublicKey key) {
		if (!peer.matches(key)) {
			throw new IllegalArgumentException("The key is not that of " + peer);
		}
		if (peer.inlinedKey().isEmpty()) {
			update(peer, (entry) -> {
				entry.publicKey(key);
				return true;
			});
		}
	}

	@Override
	public Optional<String> metadata(PeerId peer, String name) {
		return read(peer, (entry) -> Optional.ofNullable(entry.metadata(name)), Optional.empty());
	}

	@Override
	public void metadata(PeerId peer, String name, String value) {
		if (name.length() > MAX_METADATA_NAME) {
			throw new IllegalArgumentException(
					"A metadata name of " + name.length() + " characters is longer than " + MAX_METADATA_NAME);
		}
		if (value.length() > MAX_METADATA_VALUE) {
			throw new IllegalArgumentException(
					"A metadata value of " + value.length() + " characters is longer than " + MAX_METADATA_VALUE);
		}
		update(peer, (entry) -> {
			entry.metadata(name, value);
			return true;
		});
	}

	@Override
	public Set<PeerId> peers() {
		this.lock.lock();
		try {
			Set<PeerId> peers = new HashSet<>(this.certified.keySet());
			peers.addAll(this.uncertified.keySet());
			return Set.copyOf(peers);
		}
		finally {
			this.lock.unlock();
		}
	}

	@Override
	public void remove(PeerId peer) {
		this.lock.lock();
		try {
			take(peer);
			this.changes.accept(peer);
		}
		finally {
			this.lock.unlock();
		}
	}

	/** Takes a peer out of the store. */
	private @Nullable PeerEntry take(PeerId peer) {
		PeerEntry certifiedEntry = this.certified.remove(peer);
		PeerEntry entry = (certifiedEntry != null) ? certifiedEntry : this.uncertified.remove(peer);
		if (entry != null) {
			this.heldBytes -= entry.counted();
		}
		return entry;
	}

	/** How much memory all peers take, as it is estimated. */
	long heldBytes() {
		this.lock.lock();
		try {
			return this.heldBytes;
		}
		finally {
			this.lock.unlock();
		}
	}

	@Override
	public void connected(Connection connection) {
		this.lock.lock();
		try {
			this.connections.merge(connection.remotePeer(), 1, Integer::sum);
			markConnected(connection.remotePeer());
		}
		finally {
			this.lock.unlock();
		}
	}

	@Override
	public void disconnected(Connection connection) {
		this.lock.lock();
		try {
			this.connections.computeIfPresent(connection.remotePeer(),
					(peer, count) -> (count == 1) ? null : count - 1);
			markConnected(connection.remotePeer());
		}
		finally {
			this.lock.unlock();
		}
	}

	private void markConnected(PeerId peer) {
		PeerEntry entry = find(peer);
		if (entry != null) {
			entry.lastConnected(this.clock.millis());
			this.changes.accept(peer);
		}
	}

	@Override
	public List<PeerId> recentlyConnected(int limit) {
		this.lock.lock();
		try {
			long now = this.clock.millis();
			return Stream.of(this.certified, this.uncertified)
				.flatMap((entries) -> entries.entrySet().stream())
				.filter((each) -> each.getValue().lastConnectedMillis() > 0 && !each.getValue().isExpired(now))
				.sorted(Comparator.comparingLong((each) -> -each.getValue().lastConnectedMillis()))
				.limit(limit)
				.map(Map.Entry::getKey)
				.toList();
		}
		finally {
			this.lock.unlock();
		}
	}

	/** Every peer, those that are best forgotten first. */
	List<PeerId> leastUsefulFirst() {
		this.lock.lock();
		try {
			return Stream.of(this.uncertified, this.certified)
				.flatMap((entries) -> entries.entrySet().stream())
				.sorted(Comparator.comparingLong((each) -> each.getValue().lastConnectedMillis()))
				.map(Map.Entry::getKey)
				.toList();
		}
		finally {
			this.lock.unlock();
		}
	}

	/** Reads what is known of a peer, or what is to be said if nothing is. */
	<T> T look(PeerId peer, Function<PeerEntry, T> reader, Supplier<T> absent) {
		this.lock.lock();
		try {
			PeerEntry entry = find(peer);
			return (entry != null) ? reader.apply(entry) : absent.get();
		}
		finally {
			this.lock.unlock();
		}
	}

	/** Puts what was kept of a peer in, in place of what is known; null for nothing. */
	void restore(PeerId peer, @Nullable PeerEntry entry) {
		this.lock.lock();
		try {
			take(peer);
			if (entry != null) {
				put(peer, entry);
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	private static long expiry(long now, Duration timeToLive) {
		if (timeToLive.isNegative() || timeToLive.isZero()) {
			throw new IllegalArgumentException("The time to live must be positive, was " + timeToLive);
		}
		try {
			return Math.addExact(now, Math.max(1, timeToLive.toMillis()));
		}
		catch (ArithmeticException ex) {
			return Long.MAX_VALUE;
		}
	}

	private <T> T read(PeerId peer, Function<PeerEntry, T> reader, T absent) {
		this.lock.lock();
		try {
			PeerEntry entry = find(peer);
			return (entry != null) ? reader.apply(entry) : absent;
		}
		finally {
			this.lock.unlock();
		}
	}

	private @Nullable PeerEntry find(PeerId peer) {
		PeerEntry entry = this.certified.get(peer);
		return (entry != null) ? entry : this.uncertified.get(peer);
	}

	private boolean update(PeerId peer, Function<PeerEntry, Boolean> change) {
		this.lock.lock();
		try {
			PeerEntry known = find(peer);
			PeerEntry entry = (known != null) ? known : new PeerEntry();
			boolean changed = change.apply(entry);
			if (this.connections.containsKey(peer)) {
				entry.lastConnected(this.clock.millis());
			}
			take(peer);
			put(peer, entry);
			this.changes.accept(peer);
			return changed;
		}
		finally {
			this.lock.unlock();
		}
	}

	private void put(PeerId peer, PeerEntry entry) {
		makeRoom(entry.count());
		this.heldBytes += entry.counted();
		(entry.isCertified() ? this.certified : this.uncertified).put(peer, entry);
	}

	/** Makes room for one peer more, of so many bytes. */
	private void makeRoom(long bytes) {
		if (fits(bytes)) {
			return;
		}
		long now = this.clock.millis();
		if (now >= this.nextSweepMillis) {
			this.nextSweepMillis = now + SWEEP_INTERVAL.toMillis();
			removeExpired(this.uncertified, now);
			removeExpired(this.certified, now);
		}
		while (!fits(bytes)) {
			removeOldest();
		}
	}

	private boolean fits(long bytes) {
		return size() == 0 || (size() < this.maxPeers && this.heldBytes + bytes <= this.maxHeldBytes);
	}

	private int size() {
		return this.certified.size() + this.uncertified.size();
	}

	private void removeExpired(Map<PeerId, PeerEntry> entries, long now) {
		for (Iterator<Map.Entry<PeerId, PeerEntry>> all = entries.entrySet().iterator(); all.hasNext();) {
			Map.Entry<PeerId, PeerEntry> next = all.next();
			if (next.getValue().isExpired(now) && !this.connections.containsKey(next.getKey())) {
				this.heldBytes -= next.getValue().counted();
				all.remove();
			}
		}
	}

	private void removeOldest() {
		if (!removeOldestUnconnected(this.uncertified) && !removeOldestUnconnected(this.certified)) {
			take((this.uncertified.isEmpty() ? this.certified : this.uncertified).keySet().iterator().next());
		}
	}

	/** Passes over connected peers only, of which there are few. */
	private boolean removeOldestUnconnected(Map<PeerId, PeerEntry> entries) {
		for (PeerId peer : entries.keySet()) {
			if (!this.connections.containsKey(peer)) {
				take(peer);
				return true;
			}
		}
		return false;
	}

}

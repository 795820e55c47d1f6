package io.p2pboot.libp2p.peerstore;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.ObjLongConsumer;

import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.PeerRecord;
import io.p2pboot.libp2p.PeerStore;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.crypto.PublicKey;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.multiformats.MultiaddrProtocol;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one peer. Guarded by the store's lock.
 */
final class PeerEntry {

	/** The entry itself, with its places in two maps and its id. */
	private static final long ENTRY_BYTES = 400;

	/** An object that holds a value, and where it is held. */
	private static final long OBJECT_BYTES = 80;

	private record Expiring(Multiaddr address, long expiryMillis) {

	}

	/** In the order in which they were added; few, so that a list is searched. */
	private List<Expiring> uncertified = List.of();

	private @Nullable PeerRecord record;

	private @Nullable ByteBuffer envelope;

	private long recordExpiryMillis;

	private Set<ProtocolPath> protocols = Set.of();

	private Map<String, String> metadata = Map.of();

	private long counted;

	private @Nullable PublicKey publicKey;

	private long lastConnectedMillis;

	/** Estimates, anew, how many bytes of memory this takes. */
	long count() {
		long bytes = ENTRY_BYTES;
		for (Expiring each : this.uncertified) {
			bytes += bytes(each.address());
		}
		PeerRecord signed = this.record;
		if (signed != null) {
			bytes += signed.addresses().stream().mapToLong(PeerEntry::bytes).sum();
		}
		ByteBuffer sealed = this.envelope;
		bytes += (sealed != null) ? sealed.capacity() : 0;
		bytes += this.protocols.stream().mapToLong((protocol) -> bytes(protocol.value())).sum();
		for (Map.Entry<String, String> each : this.metadata.entrySet()) {
			bytes += bytes(each.getKey()) + bytes(each.getValue());
		}
		PublicKey key = this.publicKey;
		bytes += (key != null) ? OBJECT_BYTES + 4L * key.encoded().remaining() : 0;
		this.counted = bytes;
		return bytes;
	}

	/** An address is kept as bytes, as text and in parts. */
	private static long bytes(Multiaddr address) {
		return 4 * (OBJECT_BYTES + address.encoded().remaining());
	}

	private static long bytes(String text) {
		return OBJECT_BYTES + 2L * text.length();
	}

	/** What was estimated last. */
	long counted() {
		return this.counted;
	}

	boolean isCertified() {
		return this.record != null;
	}

	boolean isExpired(long now) {
		return record(now) == null && this.uncertified.stream().allMatch((each) -> each.expiryMillis() <= now);
	}

	List<Multiaddr> addresses(long now) {
		PeerRecord signed = record(now);
		List<Multiaddr> all = new ArrayList<>((signed != null) ? signed.addresses() : List.of());
		for (Expiring each : this.uncertified) {
			if (all.size() < PeerStore.MAX_ADDRESSES_PER_PEER && each.expiryMillis() > now
					&& !all.contains(each.address())) {
				all.add(each.address());
			}
		}
		return List.copyOf(all);
	}

	void addAddresses(PeerId peer, List<Multiaddr> addresses, long now, long expiry) {
		List<Expiring> kept = new ArrayList<>(this.uncertified);
		kept.removeIf((each) -> each.expiryMillis() <= now);
		PeerRecord signed = record(now);
		int room = PeerStore.MAX_ADDRESSES_PER_PEER - ((signed != null) ? signed.addresses().size() : 0);
		for (Multiaddr address : addresses) {
			Multiaddr own = ownAddress(peer, address);
			if (own == null || own.encoded().remaining() > InMemoryPeerStore.MAX_ADDRESS_BYTES) {
				continue;
			}
			int index = indexOf(kept, own);
			if (index >= 0) {
				kept.set(index, new Expiring(own, Math.max(expiry, kept.get(index).expiryMillis())));
			}
			else if (kept.size() < room) {
				kept.add(new Expiring(own, expiry));
			}
		}
		this.uncertified = List.copyOf(kept);
	}

	private static int indexOf(List<Expiring> addresses, Multiaddr address) {
		for (int i = 0; i < addresses.size(); i++) {
			if (addresses.get(i).address().equals(address)) {
				return i;
			}
		}
		return -1;
	}

	/** Cuts the peer's own id off the end; null for an address of somebody else. */
	private static @Nullable Multiaddr ownAddress(PeerId peer, Multiaddr address) {
		List<Multiaddr.Component> components = address.components();
		Multiaddr.Component last = components.get(components.size() - 1);
		if (last.protocol() != MultiaddrProtocol.P2P) {
			return address;
		}
		try {
			return (components.size() > 1 && PeerId.parse(last.value()).equals(peer))
					? address.decapsulateLast(MultiaddrProtocol.P2P) : null;
		}
		catch (IllegalArgumentException ex) {
			// Any multihash may stand in an address, but not every one is a peer id.
			return null;
		}
	}

	boolean addRecord(PeerRecord offered, @Nullable ByteBuffer envelope, long now, long expiry) {
		PeerRecord known = this.record;
		int order = (known != null) ? Long.compareUnsigned(offered.sequence(), known.sequence()) : 1;
		if (order == 0 && record(now) != null) {
			this.recordExpiryMillis = Math.max(this.recordExpiryMillis, expiry);
			if (this.envelope == null) {
				this.envelope = envelope;
			}
			return false;
		}
		if (order < 0) {
			return false;
		}
		this.record = new PeerRecord(offered.peer(), offered.sequence(), bounded(offered));
		this.envelope = envelope;
		this.recordExpiryMillis = expiry;
		int room = PeerStore.MAX_ADDRESSES_PER_PEER - this.record.addresses().size();
		this.uncertified = List.copyOf(this.uncertified.subList(0, Math.min(room, this.uncertified.size())));
		return true;
	}

	private static List<Multiaddr> bounded(PeerRecord record) {
		List<Multiaddr> kept = new ArrayList<>();
		for (Multiaddr address : record.addresses()) {
			Multiaddr own = ownAddress(record.peer(), address);
			if (own != null && kept.size() < PeerStore.MAX_ADDRESSES_PER_PEER && !kept.contains(own)
					&& own.encoded().remaining() <= InMemoryPeerStore.MAX_ADDRESS_BYTES) {
				kept.add(own);
			}
		}
		return kept;
	}

	@Nullable PeerRecord record(long now) {
		return (this.recordExpiryMillis > now) ? this.record : null;
	}

	Optional<ByteBuffer> envelope(long now) {
		ByteBuffer bytes = this.envelope;
		return (bytes != null && this.recordExpiryMillis > now) ? Optional.of(bytes.asReadOnlyBuffer())
				: Optional.empty();
	}

	Set<ProtocolPath> protocols() {
		return this.protocols;
	}

	void protocols(Set<ProtocolPath> protocols) {
		this.protocols = protocols;
	}

	/** Calls for each address that nobody signed, with its expiry, expired or not. */
	void eachUncertified(ObjLongConsumer<Multiaddr> action) {
		this.uncertified.forEach((each) -> action.accept(each.address(), each.expiryMillis()));
	}

	/** The newest record, expired or not. */
	@Nullable PeerRecord newestRecord() {
		return this.record;
	}

	/** The envelope of the newest record, expired or not; not to be changed. */
	@Nullable ByteBuffer newestEnvelope() {
		return this.envelope;
	}

	long recordExpiryMillis() {
		return this.recordExpiryMillis;
	}

	Map<String, String> metadata() {
		return this.metadata;
	}

	/** When it was connected last; 0 if never. */
	long lastConnectedMillis() {
		return this.lastConnectedMillis;
	}

	void lastConnected(long millis) {
		this.lastConnectedMillis = Math.max(this.lastConnectedMillis, millis);
	}

	@Nullable PublicKey publicKey() {
		return this.publicKey;
	}

	void publicKey(PublicKey key) {
		this.publicKey = key;
	}

	@Nullable String metadata(String name) {
		return this.metadata.get(name);
	}

	void metadata(String name, String value) {
		if (!this.metadata.containsKey(name) && this.metadata.size() == InMemoryPeerStore.MAX_METADATA_PER_PEER) {
			throw new IllegalArgumentException("A peer has at most " + InMemoryPeerStore.MAX_METADATA_PER_PEER
					+ " metadata values, '" + name + "' would be one more");
		}
		Map<String, String> changed = new TreeMap<>(this.metadata);
		changed.put(name, value);
		this.metadata = Map.copyOf(changed);
	}

}

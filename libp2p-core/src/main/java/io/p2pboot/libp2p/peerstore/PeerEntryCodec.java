package io.p2pboot.libp2p.peerstore;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.PeerRecord;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.crypto.PublicKey;
import io.p2pboot.libp2p.multiformats.DecodeException;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.wire.pb.PeerStoreProto.StoredPeer;
import org.jspecify.annotations.Nullable;

/**
 * Turns what is known of a peer into what its file keeps, and back. Stateless.
 */
final class PeerEntryCodec {

	/** The longest form of a peer, in bytes; one with more goes without its protocols. */
	static final int MAX_BYTES = 256 * 1024;

	/**
	 * How long after its last connection a peer's addresses are worth a try, though their
	 * time is over: that goes on while this process is down.
	 */
	static final Duration REMEMBERED = Duration.ofDays(7);

	/** For how long such addresses are known again after a start. */
	static final Duration SECOND_TRY = Duration.ofHours(1);

	/** Addresses that live no longer than this are of no use to the next start. */
	static final Duration SHORT_LIVED = Duration.ofMinutes(10);

	/**
	 * A peer as its file has it.
	 *
	 * @param peer the peer
	 * @param entry what is known of it; null if it was forgotten, or is not worth keeping
	 * any more
	 */
	record Restored(PeerId peer, @Nullable PeerEntry entry) {
	}

	private PeerEntryCodec() {
	}

	/** Says that a peer was forgotten. */
	static byte[] forgotten(PeerId peer) {
		return StoredPeer.newBuilder()
			.setPeerId(bytes(peer.multihash().encoded()))
			.setForgotten(true)
			.build()
			.toByteArray();
	}

	/**
	 * Encodes what is known of a peer.
	 * @return null if it is not worth keeping
	 */
	static byte @Nullable [] encode(PeerId peer, PeerEntry entry, long now) {
		if (!isWorthKeeping(entry, now)) {
			return null;
		}
		StoredPeer.Builder stored = StoredPeer.newBuilder()
			.setPeerId(bytes(peer.multihash().encoded()))
			.setLastConnectedMillis(entry.lastConnectedMillis())
			.putAllMetadata(entry.metadata());
		entry.eachUncertified((address, expiry) -> stored.addAddresses(
				StoredPeer.Address.newBuilder().setMultiaddr(bytes(address.encoded())).setExpiryMillis(expiry)));
		PeerRecord record = entry.newestRecord();
		if (record != null) {
			stored.setRecord(encode(record, entry.newestEnvelope(), entry.recordExpiryMillis()));
		}
		PublicKey key = entry.publicKey();
		if (key != null) {
			stored.setPublicKey(bytes(key.encoded()));
		}
		entry.protocols().forEach((protocol) -> stored.addProtocols(protocol.value()));
		StoredPeer whole = stored.build();
		return (whole.getSerializedSize() <= MAX_BYTES) ? whole.toByteArray()
				: stored.clearProtocols().build().toByteArray();
	}

	private static boolean isWorthKeeping(PeerEntry entry, long now) {
		return isRemembered(entry.lastConnectedMillis(), now) || !entry.isExpired(now + SHORT_LIVED.toMillis());
	}

	private static boolean isRemembered(long lastConnectedMillis, long now) {
		return lastConnectedMillis > 0 && now - lastConnectedMillis <= REMEMBERED.toMillis();
	}

	private static StoredPeer.Record encode(PeerRecord record, @Nullable ByteBuffer envelope, long expiryMillis) {
		StoredPeer.Record.Builder stored = StoredPeer.Record.newBuilder()
			.setSequence(record.sequence())
			.setExpiryMillis(expiryMillis);
		record.addresses().forEach((address) -> stored.addMultiaddrs(bytes(address.encoded())));
		if (envelope != null) {
			stored.setEnvelope(bytes(envelope));
		}
		return stored.build();
	}

	/**
	 * Decodes a peer.
	 * @param content its form
	 * @param now the time, in milliseconds
	 * @return the peer
	 * @throws DecodeException if it is malformed
	 */
	static Restored decode(ByteBuffer content, long now) throws DecodeException {
		StoredPeer stored;
		try {
			stored = StoredPeer.parseFrom(content);
		}
		catch (InvalidProtocolBufferException ex) {
			throw new DecodeException("What is kept of a peer is malformed: " + ex.getMessage(), ex);
		}
		PeerId peer = PeerId.decode(stored.getPeerId().asReadOnlyByteBuffer());
		PeerEntry entry = new PeerEntry();
		entry.lastConnected(stored.getLastConnectedMillis());
		boolean secondTry = isRemembered(stored.getLastConnectedMillis(), now);
		for (StoredPeer.Address address : stored.getAddressesList()) {
			long expiry = expiry(address.getExpiryMillis(), secondTry, now);
			if (expiry > now) {
				entry.addAddresses(peer, List.of(address(address.getMultiaddr())), now, expiry);
			}
		}
		if (stored.hasRecord()) {
			restore(entry, peer, stored.getRecord(), expiry(stored.getRecord().getExpiryMillis(), secondTry, now), now);
		}
		if (!stored.getPublicKey().isEmpty()) {
			restore(entry, peer, PublicKey.decode(stored.getPublicKey().asReadOnlyByteBuffer()));
		}
		restore(entry, stored);
		return new Restored(peer, (stored.getForgotten() || !isWorthKeeping(entry, now)) ? null : entry);
	}

	private static long expiry(long kept, boolean secondTry, long now) {
		return secondTry ? Math.max(kept, now + SECOND_TRY.toMillis()) : kept;
	}

	private static void restore(PeerEntry entry, PeerId peer, StoredPeer.Record stored, long expiry, long now)
			throws DecodeException {
		List<Multiaddr> addresses = new ArrayList<>();
		for (ByteString each : stored.getMultiaddrsList()) {
			addresses.add(address(each));
		}
		ByteString envelope = stored.getEnvelope();
		entry.addRecord(new PeerRecord(peer, stored.getSequence(), addresses),
				envelope.isEmpty() ? null : envelope.asReadOnlyByteBuffer(), now, expiry);
	}

	private static void restore(PeerEntry entry, PeerId peer, PublicKey key) throws DecodeException {
		if (!peer.matches(key)) {
			throw new DecodeException("The key that is kept for " + peer + " is another's");
		}
		entry.publicKey(key);
	}

	private static void restore(PeerEntry entry, StoredPeer stored) throws DecodeException {
		try {
			Set<ProtocolPath> protocols = new HashSet<>();
			stored.getProtocolsList().forEach((protocol) -> protocols.add(ProtocolPath.of(protocol)));
			entry.protocols(Set.copyOf(protocols));
			for (Map.Entry<String, String> each : stored.getMetadataMap().entrySet()) {
				entry.metadata(each.getKey(), each.getValue());
			}
		}
		catch (IllegalArgumentException ex) {
			throw new DecodeException("What is kept of a peer is out of bounds: " + ex.getMessage(), ex);
		}
	}

	private static Multiaddr address(ByteString encoded) throws DecodeException {
		return Multiaddr.decode(encoded.asReadOnlyByteBuffer());
	}

	private static ByteString bytes(ByteBuffer source) {
		return ByteString.copyFrom(source.duplicate());
	}

}

package io.p2pboot.libp2p;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

import io.p2pboot.libp2p.crypto.PublicKey;
import io.p2pboot.libp2p.multiformats.Multiaddr;

/**
 * What the node knows of peers. Thread-safe; no method blocks. Bounded: at most
 * {@value #MAX_ADDRESSES_PER_PEER} addresses a peer and {@value #MAX_PEERS} peers, of
 * which the least useful make room (expired, then unconnected and uncertified, then the
 * oldest).
 */
public interface PeerStore {

	/** The name of the metadata that holds the peer's software. */
	String AGENT_VERSION = "agentVersion";

	/** The name of the metadata that holds the peer's family of protocols. */
	String PROTOCOL_VERSION = "protocolVersion";

	/** The most addresses that are kept for one peer. */
	int MAX_ADDRESSES_PER_PEER = 64;

	/** The most peers that are kept. */
	int MAX_PEERS = 100_000;

	/**
	 * Returns the addresses that have not expired, certified ones first.
	 * @param peer the peer
	 * @return the addresses; empty if none is known
	 */
	List<Multiaddr> addresses(PeerId peer);

	/**
	 * Adds addresses that nobody has signed. An address that is known lives on for the
	 * longer of both times.
	 * @param peer the peer
	 * @param addresses the addresses, with or without {@code /p2p}; beyond the limit they
	 * are ignored
	 * @param timeToLive how long they are kept; positive
	 */
	void addAddresses(PeerId peer, List<Multiaddr> addresses, Duration timeToLive);

	/**
	 * Keeps the addresses that a peer has signed; they replace those of an older record.
	 * @param record the record, already verified
	 * @param timeToLive how long its addresses are kept; positive
	 * @return {@code false} if a record with the same or a later sequence is known; that
	 * one stays, and if it is the same it lives on for the longer of both times
	 */
	boolean addRecord(PeerRecord record, Duration timeToLive);

	/**
	 * Keeps the addresses that a peer has signed together with the envelope they came in,
	 * so that it can be handed on. See {@link #addRecord(PeerRecord, Duration)}.
	 * @param record the record, already verified
	 * @param envelope the bytes of its envelope; not consumed
	 * @param timeToLive how long its addresses are kept; positive
	 * @return {@code false} if a record with the same or a later sequence is known
	 */
	default boolean addRecord(PeerRecord record, ByteBuffer envelope, Duration timeToLive) {
		return addRecord(record, timeToLive);
	}

	/**
	 * Returns the envelope of the newest record that the peer has signed.
	 * @param peer the peer
	 * @return its bytes, read-only; empty if the record is unknown, expired or came
	 * without one
	 */
	default Optional<ByteBuffer> envelope(PeerId peer) {
		return Optional.empty();
	}

	/**
	 * Returns the newest record that the peer has signed.
	 * @param peer the peer
	 * @return the record; empty if there is none or it expired
	 */
	Optional<PeerRecord> record(PeerId peer);

	/**
	 * Returns the protocols that the peer said it serves.
	 * @param peer the peer
	 * @return the paths; empty if the peer has not been identified
	 */
	Set<ProtocolPath> protocols(PeerId peer);

	/**
	 * Replaces the protocols that the peer said it serves.
	 * @param peer the peer
	 * @param protocols the paths
	 */
	void protocols(PeerId peer, Set<ProtocolPath> protocols);

	/**
	 * Returns the key of a peer.
	 * @param peer the peer
	 * @return the key: the one inlined in the id, else the one a connection proved; empty
	 * if unknown
	 */
	Optional<PublicKey> publicKey(PeerId peer);

	/**
	 * Keeps the key of a peer.
	 * @param peer the peer
	 * @param key its key
	 * @throws IllegalArgumentException if the key is not the peer's
	 */
	void publicKey(PeerId peer, PublicKey key);

	/**
	 * Returns a value kept for a peer, for example {@link #AGENT_VERSION}.
	 * @param peer the peer
	 * @param name the name of the value
	 * @return the value; empty if there is none
	 */
	Optional<String> metadata(PeerId peer, String name);

	/**
	 * Keeps a value for a peer.
	 * @param peer the peer
	 * @param name the name of the value, at most 64 characters; 16 names a peer
	 * @param value the value, at most 512 characters
	 * @throws IllegalArgumentException if a bound is exceeded
	 */
	void metadata(PeerId peer, String name, String value);

	/**
	 * Returns peers that this node was connected with and knows an address of: whom to
	 * try first after a restart.
	 * @param limit the most peers to return; not negative
	 * @return the peers, the last one that was connected first; empty if the store does
	 * not keep that
	 */
	default List<PeerId> recentlyConnected(int limit) {
		return List.of();
	}

	/**
	 * Returns every peer of which something is known.
	 * @return a snapshot
	 */
	Set<PeerId> peers();

	/**
	 * Forgets a peer.
	 * @param peer the peer
	 */
	void remove(PeerId peer);

}

package io.p2pboot.libp2p.peerstore;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;

import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.ConnectionListener;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.PeerRecord;
import io.p2pboot.libp2p.PeerStore;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.crypto.PublicKey;
import io.p2pboot.libp2p.eventlog.EventLog;
import io.p2pboot.libp2p.journal.Journal;
import io.p2pboot.libp2p.journal.JournalKind;
import io.p2pboot.libp2p.multiformats.DecodeException;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * A peer store that outlives its process: an {@link InMemoryPeerStore} whose changes a
 * thread of its own writes to a file, a second behind. A process that is killed loses at
 * most that second; a file that is damaged costs what is damaged; a disk that is full
 * costs no more than what the next start would have known. Belongs to one node, which
 * closes it. Thread-safe; no method blocks but {@link #open} and {@link #close}.
 */
public final class FilePeerStore implements PeerStore, ConnectionListener, AutoCloseable {

	/** How far what is written may lag behind. */
	public static final Duration WRITE_DELAY = Duration.ofSeconds(1);

	/**
	 * The longest file, in bytes; on a small heap an eighth of it. What is most useful is
	 * kept: peers that were connected last, then those that signed their addresses.
	 */
	public static final long MAX_FILE_BYTES = 64L << 20;

	static final JournalKind KIND = new JournalKind("p2ppeer1", "peers", PeerEntryCodec.MAX_BYTES);

	private final EventLog log = new EventLog(LoggerFactory.getLogger(FilePeerStore.class));

	private final Clock clock;

	private final InMemoryPeerStore peers;

	private final PeerStoreWriter writer;

	private FilePeerStore(Journal journal, Clock clock, LongSupplier nanoTime, long maxFileBytes, Duration delay) {
		this.clock = clock;
		this.writer = new PeerStoreWriter(journal, new PeerStoreWriter.Source() {

			@Override
			public byte @Nullable [] payload(PeerId peer) {
				return FilePeerStore.this.payload(peer);
			}

			@Override
			public List<PeerId> leastUsefulFirst() {
				return FilePeerStore.this.peers.leastUsefulFirst();
			}

		}, nanoTime, maxFileBytes, delay);
		this.peers = new InMemoryPeerStore(clock, MAX_PEERS, InMemoryPeerStore.maxHeldBytes(), this.writer::changed);
	}

	private byte @Nullable [] payload(PeerId peer) {
		long now = this.clock.millis();
		return this.peers.look(peer, (entry) -> PeerEntryCodec.encode(peer, entry, now),
				() -> PeerEntryCodec.forgotten(peer));
	}

	/**
	 * Opens the store of a file and reads what is there. Blocks on the disk.
	 * @param file the file; it and its folders are created if they are missing. Beside it
	 * there is {@code FILE.lock} and, while it is made anew, {@code FILE.new}
	 * @param clock the clock by which addresses expire
	 * @return the store
	 * @throws IOException if the file is a directory or holds something else than peers,
	 * cannot be read, its folder cannot be written to, or another node uses it; that it
	 * is damaged is no reason
	 */
	public static FilePeerStore open(Path file, Clock clock) throws IOException {
		return open(file, clock, System::nanoTime, Math.min(MAX_FILE_BYTES, InMemoryPeerStore.maxHeldBytes()),
				WRITE_DELAY);
	}

	static FilePeerStore open(Path file, Clock clock, LongSupplier nanoTime, long maxFileBytes, Duration delay)
			throws IOException {
		Journal journal = Journal.open(KIND, file);
		try {
			FilePeerStore store = new FilePeerStore(journal, clock, nanoTime, maxFileBytes, delay);
			store.load(file, journal);
			store.writer.begin();
			return store;
		}
		catch (IOException ex) {
			journal.close();
			throw ex;
		}
	}

	private void load(Path file, Journal journal) throws IOException {
		long now = this.clock.millis();
		int[] malformed = new int[1];
		long damaged = journal.read((payload) -> {
			try {
				PeerEntryCodec.Restored restored = PeerEntryCodec.decode(payload, now);
				this.peers.restore(restored.peer(), restored.entry());
			}
			catch (DecodeException ex) {
				malformed[0]++;
				this.log.debug("malformed", "A peer of {} was not read: {}", file, ex.getMessage());
			}
		});
		if (damaged > 0 || malformed[0] > 0) {
			this.log.warn("damaged", "The peer store {} was damaged: lost {} bytes and {} peers, read {} peers", file,
					damaged, malformed[0], this.peers.peers().size());
		}
	}

	/** Writes what has changed now. Blocks on the disk. */
	void write() {
		this.writer.write();
	}

	@Override
	public List<Multiaddr> addresses(PeerId peer) {
		return this.peers.addresses(peer);
	}

	@Override
	public void addAddresses(PeerId peer, List<Multiaddr> addresses, Duration timeToLive) {
		this.peers.addAddresses(peer, addresses, timeToLive);
	}

	@Override
	public boolean addRecord(PeerRecord record, Duration timeToLive) {
		return this.peers.addRecord(record, timeToLive);
	}

	@Override
	public boolean addRecord(PeerRecord record, ByteBuffer envelope, Duration timeToLive) {
		return this.peers.addRecord(record, envelope, timeToLive);
	}

	@Override
	public Optional<PeerRecord> record(PeerId peer) {
		return this.peers.record(peer);
	}

	@Override
	public Optional<ByteBuffer> envelope(PeerId peer) {
		return this.peers.envelope(peer);
	}

	@Override
	public Set<ProtocolPath> protocols(PeerId peer) {
		return this.peers.protocols(peer);
	}

	@Override
	public void protocols(PeerId peer, Set<ProtocolPath> protocols) {
		this.peers.protocols(peer, protocols);
	}

	@Override
	public Optional<PublicKey> publicKey(PeerId peer) {
		return this.peers.publicKey(peer);
	}

	@Override
	public void publicKey(PeerId peer, PublicKey key) {
		this.peers.publicKey(peer, key);
	}

	@Override
	public Optional<String> metadata(PeerId peer, String name) {
		return this.peers.metadata(peer, name);
	}

	@Override
	public void metadata(PeerId peer, String name, String value) {
		this.peers.metadata(peer, name, value);
	}

	@Override
	public List<PeerId> recentlyConnected(int limit) {
		return this.peers.recentlyConnected(limit);
	}

	@Override
	public Set<PeerId> peers() {
		return this.peers.peers();
	}

	@Override
	public void remove(PeerId peer) {
		this.peers.remove(peer);
	}

	@Override
	public void connected(Connection connection) {
		this.peers.connected(connection);
	}

	@Override
	public void disconnected(Connection connection) {
		this.peers.disconnected(connection);
	}

	/**
	 * Writes what has changed and gives the file up. What is known stays readable.
	 * Idempotent. Blocks on the disk.
	 */
	@Override
	public void close() {
		this.writer.close();
	}

}

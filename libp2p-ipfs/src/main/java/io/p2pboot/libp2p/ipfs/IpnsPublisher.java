package io.p2pboot.libp2p.ipfs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

import io.p2pboot.libp2p.InvalidRecord;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.ValueStore;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.multiformats.DecodeException;
import org.jspecify.annotations.Nullable;

/**
 * Publishes records of one IPNS name, and resolves those of any. A record lasts 48 hours,
 * and peers may forget it sooner: call {@link #republish} every
 * {@link #REPUBLISH_INTERVAL}. Thread-safe; calls that publish wait for each other.
 */
public final class IpnsPublisher {

	/** How long a record is valid; as Kubo. */
	public static final Duration LIFETIME = Duration.ofHours(48);

	/** For how long resolvers may keep a record; as Kubo. */
	public static final Duration TIME_TO_LIVE = Duration.ofMinutes(5);

	/** How often a record is to be published again; as Kubo. */
	public static final Duration REPUBLISH_INTERVAL = Duration.ofHours(4);

	/** How many answers are enough to resolve a name; as Kubo. */
	public static final int QUORUM = 16;

	private final ReentrantLock lock = new ReentrantLock();

	private final ValueStore values;

	private final PrivateKey key;

	private final IpnsName name;

	private final Clock clock;

	/** Guarded by {@link #lock}. */
	private @Nullable IpnsRecord last;

	/**
	 * Creates a publisher that looks at the time of the system.
	 * @param values where records are stored, for example an instance of Kademlia with an
	 * {@link IpnsValidator}
	 * @param key the key of the name
	 */
	public IpnsPublisher(ValueStore values, PrivateKey key) {
		this(values, key, Clock.systemUTC());
	}

	/**
	 * Creates a publisher.
	 * @param values where records are stored
	 * @param key the key of the name
	 * @param clock tells until when records are valid
	 */
	public IpnsPublisher(ValueStore values, PrivateKey key, Clock clock) {
		this.values = values;
		this.key = key;
		this.name = new IpnsName(PeerId.of(key.publicKey()));
		this.clock = clock;
	}

	/**
	 * Returns the name.
	 * @return the name of the key
	 */
	public IpnsName name() {
		return this.name;
	}

	/**
	 * Lets the name stand for something. Blocks: the newest record is looked for first,
	 * so that the new one follows it.
	 * @param value for example {@code /ipfs/bafy…}
	 * @return the record that peers have stored
	 * @throws io.p2pboot.libp2p.NotStored if no peer has stored it
	 * @throws io.p2pboot.libp2p.NoPeers if there was nobody to ask
	 * @throws IOException if the thread was interrupted
	 * @throws IllegalArgumentException if the value is too long for a record
	 */
	public IpnsRecord publish(String value) throws IOException {
		this.lock.lock();
		try {
			return put(value, newest());
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Publishes again what the name stands for, for another {@link #LIFETIME}. Blocks.
	 * @return the record that peers have stored; empty if the name has none
	 * @throws io.p2pboot.libp2p.NotStored if no peer has stored it
	 * @throws io.p2pboot.libp2p.NoPeers if there was nobody to ask
	 * @throws IOException if the thread was interrupted
	 */
	public Optional<IpnsRecord> republish() throws IOException {
		this.lock.lock();
		try {
			IpnsRecord known = newest();
			return (known == null) ? Optional.empty() : Optional.of(put(known.path(), known));
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * The same value again keeps its number: it is the same for resolvers. Unless the
	 * record before lasts longer, as of a clock that was ahead: of two with one number
	 * that would be the better one.
	 */
	private IpnsRecord put(String value, @Nullable IpnsRecord before) throws IOException {
		Instant until = this.clock.instant().plus(LIFETIME);
		long sequence = 0;
		if (before != null) {
			boolean follows = before.path().equals(value) && !until.isBefore(before.validUntil());
			sequence = follows ? before.sequence() : before.sequence() + 1;
		}
		IpnsRecord record = IpnsRecord.create(this.key, value, sequence, until, TIME_TO_LIVE);
		this.values.putValue(this.name.key(), record.encoded());
		this.last = record;
		return record;
	}

	/** What this publisher has published, or another one with the same key since. */
	private @Nullable IpnsRecord newest() throws IOException {
		IpnsRecord found = resolve(this.values, this.name).orElse(null);
		IpnsRecord own = this.last;
		return (found == null || own != null && own.compareTo(found) > 0) ? own : found;
	}

	/**
	 * Finds the record of a name. Blocks.
	 * @param values where records are stored; it has verified what it returns
	 * @param name the name
	 * @return the best record that was found; empty if there is none
	 * @throws io.p2pboot.libp2p.NoPeers if there was nobody to ask
	 * @throws InvalidRecord if the store knows no records of IPNS
	 * @throws IOException if the thread was interrupted
	 */
	public static Optional<IpnsRecord> resolve(ValueStore values, IpnsName name) throws IOException {
		Optional<ByteBuffer> found = values.getValue(name.key(), QUORUM);
		if (found.isEmpty()) {
			return Optional.empty();
		}
		try {
			return Optional.of(IpnsRecord.decode(found.get()));
		}
		catch (DecodeException ex) {
			throw new InvalidRecord("The store has let a malformed record pass: " + ex.getMessage(), ex);
		}
	}

}

package io.p2pboot.libp2p.kad;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;

import io.netty.util.concurrent.EventExecutor;
import io.p2pboot.libp2p.eventlog.EventLog;
import io.p2pboot.libp2p.journal.Journal;
import io.p2pboot.libp2p.journal.JournalKind;
import io.p2pboot.libp2p.multiformats.DecodeException;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * A file that lets an instance go on after a restart: the values and provider records
 * that it keeps, the keys that it provides and when each is due, and who was in its
 * routing table. What changes is written a second behind by a thread of its own, the
 * table every five minutes and at the end. A process that is killed loses at most that;
 * what is damaged costs what is damaged; while a disk is full, the instance goes on in
 * memory and the file is as it was.
 *
 * <p>
 * Given to {@link KademliaBuilder#store}. It belongs to one instance, which closes it,
 * and to one process, which locks {@code FILE.lock}. Thread-safe.
 */
public final class FileKadStore implements AutoCloseable {

	/** How long the file may become by default, in bytes: 1 GiB. */
	public static final long DEFAULT_MAX_BYTES = 1L << 30;

	/** The least that it may be allowed, in bytes: 4 MiB. */
	public static final long LEAST_MAX_BYTES = 4L << 20;

	private static final JournalKind KIND = new JournalKind("p2pkad01", "the state of Kademlia", StateFrames.MAX_BYTES);

	private static final Duration END_TIMEOUT = Duration.ofSeconds(10);

	private final EventLog log = new EventLog(LoggerFactory.getLogger(FileKadStore.class));

	private final Path file;

	private final long maxBytes;

	private final Journal journal;

	private final ReentrantLock lock = new ReentrantLock();

	/** Guarded by {@code lock}, as what follows; null before an instance uses it. */
	private @Nullable StateWriter writer;

	private boolean closed;

	private FileKadStore(Path file, long maxBytes, Journal journal) {
		this.file = file;
		this.maxBytes = maxBytes;
		this.journal = journal;
	}

	/**
	 * Opens the store of a file that may become {@link #DEFAULT_MAX_BYTES} long. Blocks
	 * on the disk.
	 * @param file the file; it and its folders are created if they are missing. Beside it
	 * there is {@code FILE.lock} and, while it is made anew, {@code FILE.new}
	 * @return the store
	 * @throws IOException if the file is a directory or holds something else, cannot be
	 * read, its folder cannot be written to, or another instance uses it; that it is
	 * damaged is no reason
	 */
	public static FileKadStore open(Path file) throws IOException {
		return open(file, DEFAULT_MAX_BYTES);
	}

	/**
	 * Opens the store of a file. Blocks on the disk.
	 * @param file the file, as in {@link #open(Path)}
	 * @param maxBytes how long it may become; at least {@link #LEAST_MAX_BYTES}. Where
	 * that is too little, the most useful half is kept: what this node provides, then
	 * values, then provider records
	 * @return the store
	 * @throws IOException as in {@link #open(Path)}
	 * @throws IllegalArgumentException if that is too short
	 */
	public static FileKadStore open(Path file, long maxBytes) throws IOException {
		if (maxBytes < LEAST_MAX_BYTES) {
			throw new IllegalArgumentException("A Kademlia store needs " + LEAST_MAX_BYTES + " bytes, was " + maxBytes);
		}
		Journal journal = Journal.open(KIND, file);
		try {
			FileKadStore store = new FileKadStore(file, maxBytes, journal);
			store.check();
			return store;
		}
		catch (IOException ex) {
			journal.close();
			throw ex;
		}
	}

	/** Reads all of it once, so that what is wrong is said before it is used. */
	private void check() throws IOException {
		long damaged = this.journal.read((payload) -> {
		});
		if (damaged > 0) {
			this.log.warn("damaged", "The Kademlia store {} was damaged: lost {} bytes", this.file, damaged);
		}
	}

	/**
	 * Lets an instance that does not run yet take in what is there, and writes what
	 * becomes of it. Blocks on the disk.
	 * @param loop where the instance will run
	 * @param state the state of the instance
	 * @throws IllegalStateException if another instance uses or has used it, or it cannot
	 * be read any more
	 */
	void use(EventExecutor loop, KadState state) {
		this.lock.lock();
		try {
			if (this.closed || this.writer != null) {
				throw new IllegalStateException("The Kademlia store " + this.file
						+ (this.closed ? " is closed" : " belongs to another instance"));
			}
			read(state);
			StateWriter begun = new StateWriter(this.journal, this.maxBytes, loop, state::slices);
			state.tell(begun::changed);
			this.writer = begun;
		}
		catch (IOException ex) {
			throw new IllegalStateException("The Kademlia store " + this.file + " cannot be read: " + reason(ex), ex);
		}
		finally {
			this.lock.unlock();
		}
	}

	private static String reason(IOException failure) {
		String reason = (failure instanceof FileSystemException problem) ? problem.getReason() : failure.getMessage();
		return String.valueOf(reason);
	}

	private void read(KadState state) throws IOException {
		StateFrames.Taker restorer = state.restorer();
		this.journal.read((payload) -> {
			try {
				StateFrames.decode(payload, restorer);
			}
			catch (DecodeException ex) {
				this.log.warn("malformed", "A part of {} was not read: {}", this.file, ex.getMessage());
			}
		});
	}

	/** Takes a frame to append. Any thread; does not block. */
	void changed(byte[] frame) {
		StateWriter current = writer();
		if (current != null) {
			current.changed(frame);
		}
	}

	private @Nullable StateWriter writer() {
		this.lock.lock();
		try {
			return this.writer;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Writes what waits, and gives the file up. Does not block; idempotent.
	 * @param then what to do afterwards: until then the instance's loop is needed
	 */
	void end(Runnable then) {
		StateWriter current = writer();
		if (current != null) {
			current.end(then);
		}
		else {
			then.run();
		}
	}

	/**
	 * Gives the file up; {@link Kademlia#close} does that. Idempotent. Blocks until what
	 * waits was written.
	 */
	@Override
	public void close() {
		this.lock.lock();
		try {
			if (!this.closed && this.writer == null) {
				this.journal.close();
			}
			this.closed = true;
		}
		catch (IOException ex) {
			this.log.warn("closing", "The Kademlia store {} could not be closed: {}", this.file, ex.toString());
		}
		finally {
			this.lock.unlock();
		}
		StateWriter current = writer();
		if (current != null) {
			current.end(() -> {
			});
			if (!current.awaitEnd(END_TIMEOUT)) {
				this.log.warn("closing", "The Kademlia store {} is still being written", this.file);
			}
		}
	}

}

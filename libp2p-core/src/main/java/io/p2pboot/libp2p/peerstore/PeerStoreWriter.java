package io.p2pboot.libp2p.peerstore;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.PeerStore;
import io.p2pboot.libp2p.eventlog.EventLog;
import io.p2pboot.libp2p.journal.Journal;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Writes what has changed of the peers to a journal, a while behind, on a thread of its
 * own. Thread-safe: {@link #changed} takes a lock for a moment only, what writes holds
 * another one.
 */
final class PeerStoreWriter implements AutoCloseable {

	/** The most that is appended in one go, in bytes; the rest follows later. */
	static final int MAX_BATCH_BYTES = 8 << 20;

	/** The file is made anew at most this often. */
	static final Duration REPLACE_INTERVAL = Duration.ofMinutes(1);

	/** What may be appended before the file is made anew, beside its own length. */
	static final long SLACK_BYTES = 1 << 20;

	/** What the writer writes of. */
	interface Source {

		/** The form of a peer; null if it is not worth keeping. */
		byte @Nullable [] payload(PeerId peer);

		/** Every peer, those that are best forgotten first. */
		List<PeerId> leastUsefulFirst();

	}

	private final EventLog log = new EventLog(LoggerFactory.getLogger(FilePeerStore.class));

	private final Source source;

	private final LongSupplier nanoTime;

	private final long maxFileBytes;

	private final long delayNanos;

	/** Held while something is written; guards the journal and what follows. */
	private final ReentrantLock writing = new ReentrantLock();

	private final Journal journal;

	private long newLength;

	private long replacedNanos;

	private boolean failing;

	/** Held for a moment only; guards what follows. */
	private final ReentrantLock pending = new ReentrantLock();

	/** The peers of which the file does not know the newest. */
	private final Set<PeerId> changed = new LinkedHashSet<>();

	/** Whether there are too many of them to be told one by one. */
	private boolean allChanged;

	private boolean scheduled;

	private boolean closed;

	private final ScheduledThreadPoolExecutor thread;

	PeerStoreWriter(Journal journal, Source source, LongSupplier nanoTime, long maxFileBytes, Duration delay) {
		this.journal = journal;
		this.source = source;
		this.nanoTime = nanoTime;
		this.maxFileBytes = maxFileBytes;
		this.delayNanos = delay.toNanos();
		this.thread = new ScheduledThreadPoolExecutor(1, (task) -> {
			Thread writer = new Thread(task, "libp2p-peerstore");
			writer.setDaemon(true);
			return writer;
		});
		this.thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
	}

	/** Takes note of a peer to write. Any thread; does not block. */
	void changed(PeerId peer) {
		this.pending.lock();
		try {
			if (this.closed) {
				return;
			}
			if (!this.allChanged) {
				this.changed.add(peer);
			}
			if (this.changed.size() > PeerStore.MAX_PEERS) {
				this.changed.clear();
				this.allChanged = true;
			}
			schedule();
		}
		finally {
			this.pending.unlock();
		}
	}

	private void schedule() {
		if (!this.scheduled && !this.closed) {
			this.scheduled = true;
			this.thread.schedule(this::writeNow, this.delayNanos, TimeUnit.NANOSECONDS);
		}
	}

	private void writeNow() {
		inPending(() -> this.scheduled = false);
		write();
		inPending(() -> {
			if (this.allChanged || !this.changed.isEmpty()) {
				schedule();
			}
			return true;
		});
	}

	/**
	 * Writes what has changed, as far as it fits into one go. Blocks on the disk; what
	 * fails is told in the log and tried again.
	 */
	void write() {
		write(() -> {
			if (isReplaceDue()) {
				replace();
			}
			else if (this.journal.length() < this.maxFileBytes) {
				append();
			}
		});
	}

	/** Guarded by {@code writing}. */
	private boolean ended;

	private interface Action {

		void run() throws IOException;

	}

	private void write(Action action) {
		this.writing.lock();
		try {
			if (this.ended) {
				return;
			}
			action.run();
			if (this.failing) {
				this.failing = false;
				this.log.info("writing", "Writing to the peer store works again");
			}
		}
		catch (IOException ex) {
			if (!this.failing) {
				this.failing = true;
				this.log.warn("writing", "Could not write the peer store, will retry: {}", ex.toString());
			}
		}
		finally {
			this.writing.unlock();
		}
	}

	private boolean isReplaceDue() {
		boolean isLong = this.journal.length() > Math.min(this.maxFileBytes, 2 * this.newLength + SLACK_BYTES);
		boolean isLongAgo = this.nanoTime.getAsLong() - this.replacedNanos >= REPLACE_INTERVAL.toNanos();
		return isLongAgo && (isLong || inPending(() -> this.allChanged));
	}

	private void append() throws IOException {
		List<PeerId> taken = new ArrayList<>();
		try {
			this.journal.append((frames) -> {
				int bytes = 0;
				for (PeerId peer = nextChanged(); peer != null; peer = nextChanged()) {
					taken.add(peer);
					byte[] payload = this.source.payload(peer);
					if (payload != null) {
						frames.write(payload);
						bytes += payload.length;
					}
					if (bytes >= MAX_BATCH_BYTES) {
						return;
					}
				}
			});
		}
		catch (IOException ex) {
			inPending(() -> this.changed.addAll(taken));
			throw ex;
		}
	}

	private @Nullable PeerId nextChanged() {
		return inPending(() -> {
			Iterator<PeerId> all = this.changed.iterator();
			if (!all.hasNext()) {
				return null;
			}
			PeerId next = all.next();
			all.remove();
			return next;
		});
	}

	/**
	 * Makes the file anew, of what is worth keeping and fits into half of the longest
	 * file. Blocks on the disk.
	 * @throws IOException if that failed; the file is as it was
	 */
	private void replace() throws IOException {
		this.replacedNanos = this.nanoTime.getAsLong();
		inPending(() -> {
			this.changed.clear();
			this.allChanged = false;
			return true;
		});
		try {
			List<PeerId> kept = mostUseful();
			this.journal.replace((frames) -> {
				for (PeerId peer : kept) {
					byte[] payload = this.source.payload(peer);
					if (payload != null) {
						frames.write(payload);
					}
				}
			});
			this.newLength = this.journal.length();
		}
		catch (IOException ex) {
			inPending(() -> this.allChanged = true);
			throw ex;
		}
	}

	private List<PeerId> mostUseful() {
		List<PeerId> all = this.source.leastUsefulFirst();
		long bytes = Journal.HEADER_BYTES;
		int first = all.size();
		while (first > 0) {
			byte[] payload = this.source.payload(all.get(first - 1));
			bytes += (payload != null) ? Journal.FRAME_BYTES + payload.length : 0;
			if (bytes > this.maxFileBytes / 2) {
				break;
			}
			first--;
		}
		return all.subList(first, all.size());
	}

	/** Makes the file anew, whatever was written before. */
	void begin() {
		write(this::replace);
	}

	/** Writes all that has changed, and gives the file up. Blocks on the disk. */
	@Override
	public void close() {
		boolean first = inPending(() -> {
			boolean open = !this.closed;
			this.closed = true;
			return open;
		});
		if (!first) {
			return;
		}
		// Not at once: interrupting a write would close the file under it.
		this.thread.shutdown();
		write(() -> {
			if (inPending(() -> this.allChanged)) {
				replace();
			}
			while (inPending(() -> !this.changed.isEmpty())) {
				append();
			}
		});
		write(() -> {
			// The file may be another's from now on, and a task may wait still.
			this.ended = true;
			this.journal.close();
		});
	}

	private <T> T inPending(Supplier<T> action) {
		this.pending.lock();
		try {
			return action.get();
		}
		finally {
			this.pending.unlock();
		}
	}

}

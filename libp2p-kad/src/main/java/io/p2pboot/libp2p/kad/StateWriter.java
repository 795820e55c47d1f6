package io.p2pboot.libp2p.kad;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

import io.netty.util.concurrent.EventExecutor;
import io.p2pboot.libp2p.eventlog.EventLog;
import io.p2pboot.libp2p.journal.Journal;
import org.slf4j.LoggerFactory;

/**
 * Writes what changes of an instance to its journal, a second behind, on a thread of its
 * own. When much of the file is out of date it is made anew: then the thread asks the
 * event loop for one slice of the state after the other. Thread-safe; nobody but that
 * thread waits.
 */
final class StateWriter {

	/** How far what is written may lag behind. */
	static final Duration DELAY = Duration.ofSeconds(1);

	/** How much waits to be written; beyond it the file is made anew, in bytes. */
	static final int MAX_PENDING_BYTES = 16 << 20;

	/** The file is made anew at most this often. */
	static final Duration REPLACE_INTERVAL = Duration.ofMinutes(1);

	/** What may be appended before the file is made anew, beside its own length. */
	static final long SLACK_BYTES = 1 << 20;

	private static final long SLICE_SECONDS = 30;

	private final EventLog log = new EventLog(LoggerFactory.getLogger(FileKadStore.class));

	private final Journal journal;

	private final long maxBytes;

	private final EventExecutor loop;

	private final Callable<List<KadState.Slice>> state;

	private final ScheduledThreadPoolExecutor thread;

	/** Held for a moment only; guards what follows. */
	private final ReentrantLock lock = new ReentrantLock();

	private List<byte[]> pending = new ArrayList<>();

	private int pendingBytes;

	/** Whether the file lacks more than what is pending. */
	private boolean incomplete = true;

	private boolean scheduled;

	private boolean ending;

	/** The thread's own, what follows. */
	private long newLength;

	private long replacedNanos;

	private boolean failing;

	private boolean full;

	/**
	 * Creates a writer and begins to make the file anew.
	 * @param journal where to; closed at the end
	 * @param maxBytes how long the file may become
	 * @param loop where the state is
	 * @param state gives the slices of the state, called on the loop
	 */
	StateWriter(Journal journal, long maxBytes, EventExecutor loop, Callable<List<KadState.Slice>> state) {
		this.journal = journal;
		this.maxBytes = maxBytes;
		this.loop = loop;
		this.state = state;
		this.replacedNanos = nanoTime() - REPLACE_INTERVAL.toNanos();
		this.thread = new ScheduledThreadPoolExecutor(1, (task) -> {
			Thread writer = new Thread(task, "libp2p-kad-store");
			writer.setDaemon(true);
			return writer;
		});
		this.thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
		this.thread.execute(this::write);
	}

	private long nanoTime() {
		return this.loop.ticker().nanoTime();
	}

	/** Takes a frame to append. Any thread; does not block. */
	void changed(byte[] frame) {
		locked(() -> {
			this.pending.add(frame);
			this.pendingBytes += frame.length;
			return bound();
		});
	}

	/** What is too much is not told one by one: the file is made anew for it. */
	private boolean bound() {
		if (this.pendingBytes > MAX_PENDING_BYTES) {
			this.pending = new ArrayList<>();
			this.pendingBytes = 0;
			this.incomplete = true;
		}
		return schedule();
	}

	private boolean schedule() {
		boolean begins = !this.scheduled && !this.ending && (this.incomplete || !this.pending.isEmpty());
		if (begins) {
			this.scheduled = true;
			this.thread.schedule(this::write, DELAY.toMillis(), TimeUnit.MILLISECONDS);
		}
		return begins;
	}

	private List<byte[]> take() {
		return locked(() -> {
			List<byte[]> all = this.pending;
			this.pending = new ArrayList<>();
			this.pendingBytes = 0;
			return all;
		});
	}

	private void giveBack(List<byte[]> taken) {
		locked(() -> {
			taken.addAll(this.pending);
			this.pending = taken;
			this.pendingBytes = taken.stream().mapToInt((frame) -> frame.length).sum();
			return bound();
		});
	}

	private void write() {
		locked(() -> this.scheduled = false);
		try {
			if (isReplaceDue()) {
				replace();
			}
			append();
			if (this.failing) {
				this.failing = false;
				this.log.info("writing", "Writing to the Kademlia store works again");
			}
		}
		catch (IOException | RuntimeException ex) {
			if (!this.failing) {
				this.failing = true;
				this.log.warn("writing", "Could not write the Kademlia store, will retry: {}", ex.toString());
			}
		}
		locked(this::schedule);
	}

	private boolean isReplaceDue() {
		long length = this.journal.length();
		boolean isLong = length > Math.min(this.maxBytes, 2 * this.newLength + SLACK_BYTES);
		boolean isLongAgo = nanoTime() - this.replacedNanos >= REPLACE_INTERVAL.toNanos();
		return isLongAgo && (isLong || locked(() -> this.incomplete));
	}

	private void append() throws IOException {
		List<byte[]> taken = take();
		if (taken.isEmpty()) {
			return;
		}
		long bytes = taken.stream().mapToLong((frame) -> Journal.FRAME_BYTES + frame.length).sum();
		if (this.journal.length() + bytes > this.maxBytes) {
			locked(() -> this.incomplete = true);
			return;
		}
		try {
			this.journal.append((frames) -> {
				for (byte[] frame : taken) {
					frames.write(frame);
				}
			});
		}
		catch (IOException | RuntimeException ex) {
			giveBack(taken);
			throw ex;
		}
	}

	/**
	 * Makes the file anew, of what fits into half of what it may hold. What changes
	 * meanwhile waits and is appended.
	 */
	private void replace() throws IOException {
		this.replacedNanos = nanoTime();
		boolean lacking = locked(() -> this.incomplete);
		locked(() -> this.incomplete = false);
		List<byte[]> taken = take();
		long[] left = new long[1];
		try {
			this.journal.replace((frames) -> left[0] = writeState(frames));
		}
		catch (IOException | RuntimeException ex) {
			locked(() -> this.incomplete |= lacking);
			giveBack(taken);
			throw ex;
		}
		this.newLength = this.journal.length();
		if (left[0] > 0 && !this.full) {
			this.log.warn("full", "The Kademlia store holds as much as it may: {} records are in memory alone",
					left[0]);
		}
		this.full = left[0] > 0;
	}

	/** Returns how many frames had no room. */
	private long writeState(Journal.Frames frames) throws IOException {
		long bytes = 0;
		long left = 0;
		for (KadState.Slice slice : onLoop(this.state)) {
			List<byte[]> part = onLoop(() -> {
				List<byte[]> described = new ArrayList<>();
				slice.writeTo(described::add);
				return described;
			});
			for (byte[] frame : part) {
				bytes += Journal.FRAME_BYTES + frame.length;
				if (bytes > this.maxBytes / 2) {
					left++;
				}
				else {
					frames.write(frame);
				}
			}
		}
		return left;
	}

	private <T> T onLoop(Callable<T> task) throws IOException {
		try {
			return this.loop.submit(task).get(SLICE_SECONDS, TimeUnit.SECONDS);
		}
		catch (ExecutionException | CancellationException | RejectedExecutionException | TimeoutException ex) {
			throw new IOException("The instance did not describe its state", ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IOException("Interrupted while the instance described its state", ex);
		}
	}

	/**
	 * Writes what waits, or all if the file lacks more than that, and gives the file up.
	 * Does not block; idempotent.
	 * @param then what to do afterwards: until then the loop is needed
	 */
	void end(Runnable then) {
		boolean first = locked(() -> {
			boolean open = !this.ending;
			this.ending = true;
			return open;
		});
		if (first) {
			this.thread.execute(() -> writeLast(then));
			this.thread.shutdown();
		}
		else {
			then.run();
		}
	}

	private void writeLast(Runnable then) {
		last(this::append);
		if (locked(() -> this.incomplete)) {
			last(this::replace);
		}
		last(this.journal::close);
		then.run();
	}

	private interface Step {

		void run() throws IOException;

	}

	private void last(Step step) {
		try {
			step.run();
		}
		catch (IOException | RuntimeException ex) {
			this.log.warn("closing", "The end of the Kademlia store was not written: {}", ex.toString());
		}
	}

	/**
	 * Waits until the file was given up.
	 * @return whether it was
	 */
	boolean awaitEnd(Duration timeout) {
		try {
			return this.thread.awaitTermination(timeout.toMillis(), TimeUnit.MILLISECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return false;
		}
	}

	private <T> T locked(Supplier<T> action) {
		this.lock.lock();
		try {
			return action.get();
		}
		finally {
			this.lock.unlock();
		}
	}

}

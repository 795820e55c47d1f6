package io.p2pboot.libp2p.netty;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

import io.p2pboot.libp2p.LimitExceeded;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.eventlog.EventLog;
import org.slf4j.LoggerFactory;

/**
 * What messages take while they are gathered and handled, of all peers together. A peer
 * may always have its share, which is the whole over the number of peers and one more;
 * beyond it a peer may have as much as is left, so that one alone comes to half, and all
 * together to no more than twice the whole. What does not fit waits or is refused, and
 * the longest message that has stopped to come is given up for it. Thread-safe; guarded
 * by {@code lock}.
 */
public final class MessageMemory {

	/** The name of the limit in a {@link LimitExceeded}. */
	public static final String LIMIT = "memory for messages";

	/** The part of the heap that the account of the process is, as a divisor. */
	static final int HEAP_DIVISOR = 8;

	/** How long a message may stop to come while another one waits for its memory. */
	static final long STALL_NANOS = TimeUnit.SECONDS.toNanos(2);

	private static final long CHECK_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

	private static final EventLog log = new EventLog(LoggerFactory.getLogger(MessageMemory.class));

	private static final MessageMemory PROCESS = new MessageMemory(
			Math.max(1, Runtime.getRuntime().maxMemory() / HEAP_DIVISOR));

	private final long bytes;

	private final LongSupplier nanoTime;

	private final ReentrantLock lock = new ReentrantLock();

	private final Condition freed = this.lock.newCondition();

	private final Map<PeerId, Long> held = new HashMap<>();

	private final Set<Gathering> gatherings = new HashSet<>();

	private long heldInAll;

	/** What messages that began alone hold beyond the whole. */
	private long excess;

	/**
	 * Creates an account of its own.
	 * @param bytes how many bytes messages may take in all, positive
	 * @throws IllegalArgumentException if the number is not positive
	 */
	public MessageMemory(long bytes) {
		this(bytes, System::nanoTime);
	}

	MessageMemory(long bytes, LongSupplier nanoTime) {
		if (bytes < 1) {
			throw new IllegalArgumentException("bytes must be positive, was " + bytes);
		}
		this.bytes = bytes;
		this.nanoTime = nanoTime;
	}

	/**
	 * Returns the account of this process: an eighth of the largest heap.
	 * @return the account that all nodes share
	 */
	public static MessageMemory ofProcess() {
		return PROCESS;
	}

	/**
	 * Begins a message.
	 * @param peer who sends it
	 * @param giveUp ends it, on any thread, should others need its memory while it does
	 * not come; must not block
	 * @return takes nothing yet; to be closed
	 */
	public Gathering begin(PeerId peer, Runnable giveUp) {
		return new Gathering(peer, giveUp);
	}

	/**
	 * Returns what messages take now.
	 * @return the number of bytes
	 */
	public long held() {
		this.lock.lock();
		try {
			return this.heldInAll;
		}
		finally {
			this.lock.unlock();
		}
	}

	/** How many peers hold something. */
	int holders() {
		this.lock.lock();
		try {
			return this.held.size();
		}
		finally {
			this.lock.unlock();
		}
	}

	/** A message that nothing stands beside always fits, however long it is. */
	private boolean fits(PeerId peer, long more) {
		int peers = this.held.size() + (this.held.containsKey(peer) ? 0 : 1);
		long allowed = Math.max(this.bytes / (peers + 1), this.bytes - this.heldInAll);
		return this.heldInAll == 0 || this.held.getOrDefault(peer, 0L) + more <= allowed
				&& this.heldInAll - this.excess + more <= 2 * this.bytes;
	}

	private void add(PeerId peer, long more) {
		if (more == 0) {
			return;
		}
		this.heldInAll += more;
		this.held.merge(peer, more, (before, added) -> (before + added == 0) ? null : before + added);
		if (more < 0) {
			this.freed.signalAll();
		}
	}

	/**
	 * One message, from its first byte until it is handled. Any thread.
	 */
	public final class Gathering implements AutoCloseable {

		private final PeerId peer;

		private final Runnable giveUp;

		private long reserved;

		private long beyond;

		private long progressNanos;

		private boolean complete;

		private Gathering(PeerId peer, Runnable giveUp) {
			this.peer = peer;
			this.giveUp = giveUp;
		}

		/**
		 * Takes as much as a message holds now, or gives back what it holds no longer.
		 * @param size what it holds, in bytes
		 * @return false if there is no room for more; nothing has changed then
		 */
		public boolean tryResize(long size) {
			MessageMemory.this.lock.lock();
			try {
				long more = size - this.reserved;
				if (more > 0 && !fits(this.peer, more)) {
					return false;
				}
				take(more);
				return true;
			}
			finally {
				MessageMemory.this.lock.unlock();
			}
		}

		/**
		 * Takes as much as a message will hold. Blocks until there is room.
		 * @param size what it will hold, in bytes
		 * @param timeoutNanos how long to wait, in nanoseconds
		 * @param wanted whether there is still any use in waiting
		 * @throws LimitExceeded if there is no room for so long, or none is wanted any
		 * more
		 * @throws InterruptedIOException if the thread is interrupted
		 */
		public void reserve(long size, long timeoutNanos, BooleanSupplier wanted) throws IOException {
			long left = timeoutNanos;
			while (!tryResize(size)) {
				if (left <= 0 || !wanted.getAsBoolean()) {
					throw new LimitExceeded(LIMIT, size, MessageMemory.this.bytes);
				}
				stalled().ifPresent(Gathering::end);
				left -= awaitFreed(Math.min(left, CHECK_NANOS));
			}
		}

		/** More of the message has come. */
		public void progressed() {
			MessageMemory.this.lock.lock();
			try {
				this.progressNanos = MessageMemory.this.nanoTime.getAsLong();
			}
			finally {
				MessageMemory.this.lock.unlock();
			}
		}

		/** All of the message has come: it is not given up any more. */
		public void complete() {
			MessageMemory.this.lock.lock();
			try {
				this.complete = true;
			}
			finally {
				MessageMemory.this.lock.unlock();
			}
		}

		private void take(long more) {
			add(this.peer, more);
			this.reserved += more;
			long beyond = Math.max(0, this.reserved - MessageMemory.this.bytes);
			MessageMemory.this.excess += beyond - this.beyond;
			this.beyond = beyond;
			this.progressNanos = MessageMemory.this.nanoTime.getAsLong();
			if (this.reserved > 0) {
				MessageMemory.this.gatherings.add(this);
			}
			else {
				MessageMemory.this.gatherings.remove(this);
			}
		}

		private void end() {
			log.warn("message.stalled",
					"Messages take all of their memory: one of {} bytes that has stopped to come from {} is given up",
					this.reserved, this.peer);
			this.giveUp.run();
		}

		/** Gives back what the message holds. Idempotent. */
		@Override
		public void close() {
			tryResize(0);
		}

	}

	/** The longest message that does not come; none is told of twice. */
	private Optional<Gathering> stalled() {
		this.lock.lock();
		try {
			long now = this.nanoTime.getAsLong();
			Optional<Gathering> longest = this.gatherings.stream()
				.filter((gathering) -> !gathering.complete && now - gathering.progressNanos >= STALL_NANOS)
				.max(Comparator.comparingLong((gathering) -> gathering.reserved));
			longest.ifPresent((gathering) -> gathering.complete = true);
			return longest;
		}
		finally {
			this.lock.unlock();
		}
	}

	/** Waits for memory; returns for how long. */
	private long awaitFreed(long nanos) throws InterruptedIOException {
		this.lock.lock();
		try {
			return nanos - Math.max(0, this.freed.awaitNanos(nanos));
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new InterruptedIOException("Interrupted while waiting for memory for a message");
		}
		finally {
			this.lock.unlock();
		}
	}

}

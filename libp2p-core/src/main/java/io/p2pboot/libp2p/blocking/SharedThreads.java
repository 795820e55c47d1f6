package io.p2pboot.libp2p.blocking;

import java.net.Inet4Address;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;

import io.p2pboot.libp2p.ErrorCode;
import io.p2pboot.libp2p.IpNetwork;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamExecutor;
import io.p2pboot.libp2p.eventlog.EventLog;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * A bounded number of handlers at once, shared by the peers that they serve, and by the
 * addresses that peers come from, since one address can have many identities (an IPv4
 * address, a /48 of IPv6; this host's own is not shared). A peer below its share, which
 * is the bound over the number of peers served and one more, takes what is free; above it
 * a peer leaves an eighth of the bound to others, and so does an address. When all are
 * taken, a peer below its share gets the thread of a stream that only waits for its peer:
 * one that has said nothing yet, else one of a peer above its share that has had its
 * thread for a while. That stream is reset with
 * {@link ErrorCode#RESOURCE_LIMIT_EXCEEDED}. Thread-safe; guarded by {@code lock}.
 */
public final class SharedThreads implements StreamExecutor {

	/** One thread in so many is left to peers that are below their share. */
	static final int RESERVED_ONE_IN = 8;

	/** How long a stream of a peer below its share may say nothing when all is taken. */
	static final Duration SILENCE = Duration.ofSeconds(1);

	/**
	 * How long one of a peer above its share has its thread before it is looked at. What
	 * counts is not how long it waits now: a peer may send a byte now and then.
	 */
	static final Duration PATIENCE = Duration.ofSeconds(5);

	/** How many handlers, those that run longest first, are looked at for one to end. */
	static final int MAX_LOOKED_AT = 1024;

	private static final int IP4_BITS = 32;

	private static final int IP6_BITS = 48;

	private static final EventLog log = new EventLog(LoggerFactory.getLogger(SharedThreads.class));

	private final Executor threads;

	private final int most;

	private final LongSupplier nanoTime;

	private final ReentrantLock lock = new ReentrantLock();

	/** What has a thread, those that have it longest first. */
	private final Set<Work> running = new LinkedHashSet<>();

	/** What gets the thread of one that was reset for it. */
	private final Queue<Work> promised = new ArrayDeque<>();

	/** How many handlers of each peer run or are promised a thread. */
	private final Map<PeerId, Integer> held = new HashMap<>();

	/** The same for each address. */
	private final Map<IpNetwork, Integer> heldByAddress = new HashMap<>();

	/**
	 * Shares threads.
	 * @param threads runs what it is given, as much at once as {@code most} says
	 * @param most how many handlers run at once, positive
	 * @throws IllegalArgumentException if the number is not positive
	 */
	public SharedThreads(Executor threads, int most) {
		this(threads, most, System::nanoTime);
	}

	SharedThreads(Executor threads, int most, LongSupplier nanoTime) {
		if (most < 1) {
			throw new IllegalArgumentException("The number of handlers must be positive, was " + most);
		}
		this.threads = threads;
		this.most = most;
		this.nanoTime = nanoTime;
	}

	@Override
	public void execute(Runnable task) {
		start(new Work(null, null, null, task));
	}

	@Override
	public void execute(Stream stream, Runnable task) {
		start(new Work(stream, stream.remotePeer().id(), address(stream), task));
	}

	private static @Nullable IpNetwork address(Stream stream) {
		return stream.connection()
			.remoteAddress()
			.ipAddress()
			.filter((ip) -> !ip.isLoopbackAddress())
			.map((ip) -> IpNetwork.of(ip, (ip instanceof Inet4Address) ? IP4_BITS : IP6_BITS))
			.orElse(null);
	}

	private void start(Work work) {
		Work gone = admit(work);
		if (gone != null) {
			giveUp(gone, work);
			return;
		}
		try {
			this.threads.execute(() -> run(work));
		}
		catch (Throwable ex) {
			// An error too, as where no thread can be had.
			takeBack(work);
			throw ex;
		}
	}

	/** Counts work in; returns what has to end for it, or null if there is a thread. */
	private @Nullable Work admit(Work work) {
		this.lock.lock();
		try {
			int free = this.most - this.running.size();
			Work gone = null;
			if (free > 0) {
				if (!isBelowShare(work) && free <= this.most / RESERVED_ONE_IN) {
					throw rejected(work, "it leaves the last ones to others");
				}
				begin(work);
			}
			else {
				gone = isBelowShare(work) ? idle().orElse(null) : null;
				if (gone == null) {
					throw rejected(work, "all are taken");
				}
				gone.ending = true;
				this.promised.add(work);
			}
			count(this.held, work.peer(), 1);
			count(this.heldByAddress, work.address(), 1);
			return gone;
		}
		finally {
			this.lock.unlock();
		}
	}

	private void begin(Work work) {
		work.startNanos = this.nanoTime.getAsLong();
		this.running.add(work);
	}

	private RejectedExecutionException rejected(Work work, String reason) {
		return new RejectedExecutionException("No handler thread for " + work.peer() + ", which has "
				+ held(work.peer()) + " of " + this.most + ": " + reason);
	}

	private int held(@Nullable PeerId peer) {
		return (peer != null) ? this.held.getOrDefault(peer, 0) : 0;
	}

	/** How many its address has; its peer's where the address is not shared. */
	private int heldByAddress(Work work) {
		return (work.address() != null) ? this.heldByAddress.getOrDefault(work.address(), 0) : held(work.peer());
	}

	private static <K> void count(Map<K, Integer> held, @Nullable K holder, int more) {
		if (holder != null) {
			held.merge(holder, more, (before, added) -> (before + added > 0) ? before + added : null);
		}
	}

	/** What belongs to no peer is below its share, but only ever takes what is free. */
	private boolean isBelowShare(Work work) {
		return held(work.peer()) < share(this.held)
				&& (work.address() == null || heldByAddress(work) < share(this.heldByAddress));
	}

	private boolean isAboveShare(Work work) {
		return held(work.peer()) > share(this.held)
				|| work.address() != null && heldByAddress(work) > share(this.heldByAddress);
	}

	private int share(Map<?, Integer> holders) {
		return Math.max(1, this.most / (holders.size() + 1));
	}

	/** The stream that is missed least: silent, of whoever has most, for longest. */
	private Optional<Work> idle() {
		long now = this.nanoTime.getAsLong();
		return this.running.stream().limit(MAX_LOOKED_AT).filter((work) -> mayEnd(work, now)).min((first, second) -> {
			int bySilence = Boolean.compare(second.isSilent(), first.isSilent());
			int byAddress = Integer.compare(heldByAddress(second), heldByAddress(first));
			int byHeld = Integer.compare(held(second.peer()), held(first.peer()));
			int byWait = Long.compare(second.waitedNanos(now), first.waitedNanos(now));
			return IntStream.of(bySilence, byAddress, byHeld).filter((order) -> order != 0).findFirst().orElse(byWait);
		});
	}

	private boolean mayEnd(Work work, long now) {
		long waited = work.waitedNanos(now);
		if (work.ending || waited < 0) {
			return false;
		}
		if (isAboveShare(work)) {
			return work.isSilent() || now - work.startNanos >= PATIENCE.toNanos();
		}
		return work.isSilent() && waited >= SILENCE.toNanos();
	}

	private void giveUp(Work gone, Work forWhom) {
		log.warn("handlers.taken",
				"All {} handler threads are taken: a stream of {} that waits for {} gives its own to {}", this.most,
				gone.protocol(), gone.peer(), forWhom.peer());
		gone.reset();
	}

	private void run(Work first) {
		for (Work work = first; work != null; work = next(work)) {
			try {
				work.task().run();
			}
			catch (Throwable ex) {
				// Its place has to come back all the same.
				Thread thread = Thread.currentThread();
				thread.getUncaughtExceptionHandler().uncaughtException(thread, ex);
			}
			finally {
				// What interrupted one is not meant for the next.
				Thread.interrupted();
			}
		}
	}

	/** It did not begin; what was promised waits for the thread that it was promised. */
	private void takeBack(Work work) {
		this.lock.lock();
		try {
			forget(work);
		}
		finally {
			this.lock.unlock();
		}
	}

	private void forget(Work ended) {
		// Not twice: threads that threw may run it all the same.
		if (this.running.remove(ended)) {
			count(this.held, ended.peer(), -1);
			count(this.heldByAddress, ended.address(), -1);
		}
	}

	/** Work has ended; returns what its thread does next. */
	private @Nullable Work next(Work ended) {
		this.lock.lock();
		try {
			forget(ended);
			Work next = this.promised.poll();
			if (next != null) {
				begin(next);
			}
			return next;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * A handler that runs or is to run.
	 */
	private static final class Work {

		private final @Nullable Stream stream;

		private final @Nullable PeerId peer;

		private final @Nullable IpNetwork address;

		private final Runnable task;

		private long startNanos;

		private boolean ending;

		Work(@Nullable Stream stream, @Nullable PeerId peer, @Nullable IpNetwork address, Runnable task) {
			this.stream = stream;
			this.peer = peer;
			this.address = address;
			this.task = task;
		}

		@Nullable PeerId peer() {
			return this.peer;
		}

		@Nullable IpNetwork address() {
			return this.address;
		}

		Runnable task() {
			return this.task;
		}

		@Nullable Object protocol() {
			return (this.stream != null) ? this.stream.protocol() : null;
		}

		/** Whether its peer has never sent a byte. */
		boolean isSilent() {
			return this.stream instanceof PeerWait wait && wait.isSilent();
		}

		/** How long its handler has waited for the peer; -1 if it does not. */
		long waitedNanos(long now) {
			return (this.stream instanceof PeerWait wait) ? wait.waitedNanos(now) : -1;
		}

		void reset() {
			if (this.stream != null) {
				this.stream.reset(ErrorCode.RESOURCE_LIMIT_EXCEEDED.stream());
			}
		}

	}

}

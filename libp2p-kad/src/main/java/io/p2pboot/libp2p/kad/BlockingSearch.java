package io.p2pboot.libp2p.kad;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

import io.p2pboot.libp2p.RoutingTimeout;
import io.p2pboot.libp2p.Search;
import org.jspecify.annotations.Nullable;

/**
 * Hands results from the event loop to a thread that waits. When so many wait, the search
 * pauses until half of them are taken. Guarded by {@link #lock}.
 *
 * @param <T> the kind of result
 */
final class BlockingSearch<T> implements Search<T>, SearchSink<T> {

	/** How many results wait before the search pauses. */
	static final int MAX_WAITING = 64;

	private final ReentrantLock lock = new ReentrantLock();

	private final Condition changed = this.lock.newCondition();

	private final Queue<T> results = new ArrayDeque<>();

	private final Executor loop;

	private final Runnable threadCheck;

	private @Nullable Source source;

	private @Nullable Throwable failure;

	private boolean paused;

	private boolean ended;

	private boolean closed;

	BlockingSearch(Executor loop, Runnable threadCheck) {
		this.loop = loop;
		this.threadCheck = threadCheck;
	}

	/** Tells where results come from; event loop only. */
	void begin(Source from, Runnable search) {
		boolean wanted;
		this.lock.lock();
		try {
			this.source = from;
			wanted = !this.closed;
		}
		finally {
			this.lock.unlock();
		}
		if (wanted) {
			search.run();
		}
	}

	@Override
	public boolean result(T result) {
		this.lock.lock();
		try {
			this.results.add(result);
			this.changed.signalAll();
			this.paused = this.results.size() >= MAX_WAITING;
			return !this.paused;
		}
		finally {
			this.lock.unlock();
		}
	}

	@Override
	public void ended() {
		end(null);
	}

	@Override
	public void failed(Throwable cause) {
		end(cause);
	}

	private void end(@Nullable Throwable cause) {
		this.lock.lock();
		try {
			if (!this.ended) {
				this.ended = true;
				this.failure = cause;
				this.changed.signalAll();
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	@Override
	public Optional<T> next() throws IOException {
		return take(Long.MAX_VALUE);
	}

	@Override
	public Optional<T> next(Duration timeout) throws IOException {
		if (timeout.isNegative()) {
			throw new IllegalArgumentException("The timeout must not be negative, was " + timeout);
		}
		return take(timeout.toNanos());
	}

	private Optional<T> take(long timeoutNanos) throws IOException {
		this.threadCheck.run();
		Source resumed = null;
		Optional<T> taken;
		this.lock.lock();
		try {
			await(timeoutNanos);
			taken = Optional.ofNullable(this.results.poll());
			if (this.paused && this.results.size() <= MAX_WAITING / 2) {
				this.paused = false;
				resumed = this.source;
			}
			if (taken.isEmpty() && !this.closed) {
				throwFailure();
			}
		}
		finally {
			this.lock.unlock();
		}
		if (resumed != null) {
			run(resumed::resume);
		}
		return taken;
	}

	private void throwFailure() throws IOException {
		Throwable cause = this.failure;
		if (cause instanceof IllegalStateException) {
			throw new IllegalStateException(cause.getMessage(), cause);
		}
		if (cause != null) {
			throw (cause instanceof IOException io) ? io : new IOException(cause);
		}
	}

	private void await(long timeoutNanos) throws IOException {
		long left = timeoutNanos;
		try {
			while (this.results.isEmpty() && !this.ended && !this.closed) {
				if (left <= 0) {
					throw new RoutingTimeout("No result came in " + Duration.ofNanos(timeoutNanos));
				}
				left = this.changed.awaitNanos(left);
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new InterruptedIOException("Interrupted while waiting for a result");
		}
	}

	@Override
	public void close() {
		Source stopped;
		this.lock.lock();
		try {
			this.closed = true;
			this.results.clear();
			stopped = this.ended ? null : this.source;
			this.changed.signalAll();
		}
		finally {
			this.lock.unlock();
		}
		if (stopped != null) {
			run(stopped::cancel);
		}
	}

	private void run(Runnable task) {
		try {
			this.loop.execute(task);
		}
		catch (RejectedExecutionException ex) {
			// The instance is closed, and with it the search.
			end(ex);
		}
	}

}

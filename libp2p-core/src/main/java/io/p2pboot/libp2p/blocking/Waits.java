package io.p2pboot.libp2p.blocking;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * How a user's thread waits in a stream: with a time-out, and until it is interrupted.
 * Stateless.
 */
final class Waits {

	private static final Duration LONGEST_TIMEOUT = Duration.ofNanos(Long.MAX_VALUE);

	/** Stands for no wait. */
	private static final long NONE = -1;

	private Waits() {
	}

	/** A time to remember the beginning of a wait by; never 0, which stands for none. */
	static long begin() {
		return System.nanoTime() | 1;
	}

	/** How long a wait has lasted; -1 if none has begun. */
	static long since(long began, long now) {
		return (began != 0) ? Math.max(0, now - began) : NONE;
	}

	/**
	 * Waits for a signal.
	 * @param condition whose lock is held
	 * @param timeout the whole time, in nanoseconds; 0 for no limit
	 * @param left what is left of it
	 * @param what the call, for errors
	 * @return what is left after the wait
	 */
	static long await(Condition condition, long timeout, long left, String what) throws IOException {
		try {
			if (timeout == 0) {
				condition.await();
				return 0;
			}
			if (left <= 0) {
				throw new SocketTimeoutException(
						"The " + what + " timed out after " + Duration.ofNanos(timeout).toMillis() + " ms");
			}
			return condition.awaitNanos(left);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new InterruptedIOException("Interrupted in a blocking " + what);
		}
	}

	/** Takes a lock that is held while another call blocks. */
	static void lock(ReentrantLock lock, String what) throws IOException {
		try {
			lock.lockInterruptibly();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new InterruptedIOException("Interrupted before " + what);
		}
	}

	/** Checks a time-out; 0 for no limit. */
	static long nanos(Duration timeout) {
		if (timeout.isNegative()) {
			throw new IllegalArgumentException("A timeout must not be negative, was " + timeout);
		}
		return (timeout.compareTo(LONGEST_TIMEOUT) > 0) ? LONGEST_TIMEOUT.toNanos() : timeout.toNanos();
	}

}

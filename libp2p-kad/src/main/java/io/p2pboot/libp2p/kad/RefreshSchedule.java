package io.p2pboot.libp2p.kad;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Random;

/**
 * When the table is refreshed, and when it is so small that it has to be filled again.
 * Plain state; not thread-safe. Times are nanoseconds of any monotonic clock.
 */
final class RefreshSchedule {

	/** The longest shared prefix for which peers are looked for, in bits. */
	static final int MAX_PREFIX = 15;

	/** Below this many peers the bootstrap peers are asked again. */
	static final int LOW_MARK = 10;

	/** How often the size of the table is looked at. */
	static final Duration LOW_MARK_INTERVAL = Duration.ofMinutes(2);

	/** The time between two refreshes, whatever happens meanwhile. */
	static final Duration LEAST_INTERVAL = Duration.ofSeconds(10);

	/** How long after the second refresh nobody is replaced any more. */
	static final Duration FILLING_AFTER_REFRESH = Duration.ofMinutes(1);

	private static final int KEY_BYTES = 32;

	private final long intervalNanos;

	private final long startNanos;

	private long nextRefreshNanos;

	private long nextLookNanos;

	private int refreshes;

	private long filledNanos;

	/**
	 * Creates a schedule whose first refresh is due at once.
	 * @param interval the time from one refresh to the next
	 * @param nowNanos the time
	 */
	RefreshSchedule(Duration interval, long nowNanos) {
		this.intervalNanos = interval.toNanos();
		this.startNanos = nowNanos;
		this.nextRefreshNanos = nowNanos;
		this.nextLookNanos = nowNanos;
	}

	/** Whether a refresh is to begin now; the next one is due an interval later. */
	boolean isRefreshDue(long nowNanos) {
		if (nowNanos - this.nextRefreshNanos < 0) {
			return false;
		}
		refreshed(nowNanos);
		return true;
	}

	/** Tells that a refresh begins, due or not. */
	void refreshed(long nowNanos) {
		this.nextRefreshNanos = nowNanos + this.intervalNanos;
		this.refreshes++;
		if (this.refreshes == 2) {
			this.filledNanos = nowNanos + FILLING_AFTER_REFRESH.toNanos();
		}
	}

	/** Tells that everything is to begin anew: the refresh and the look are due. */
	void begin(long nowNanos) {
		this.nextRefreshNanos = nowNanos;
		this.nextLookNanos = nowNanos;
	}

	/** Tells that a refresh is worth it, though not so soon after the last one. */
	void soon(long nowNanos) {
		long earliest = (this.refreshes == 0) ? nowNanos
				: this.nextRefreshNanos - this.intervalNanos + LEAST_INTERVAL.toNanos();
		long due = (earliest - nowNanos < 0) ? nowNanos : earliest;
		if (due - this.nextRefreshNanos < 0) {
			this.nextRefreshNanos = due;
		}
	}

	/** Whether the bootstrap peers are to be asked now. */
	boolean isBootstrapDue(long nowNanos, int tableSize) {
		if (nowNanos - this.nextLookNanos < 0) {
			return false;
		}
		this.nextLookNanos = nowNanos + LOW_MARK_INTERVAL.toNanos();
		return tableSize < LOW_MARK;
	}

	/** Whether the table is being filled for the first time. */
	boolean isFilling(long nowNanos) {
		return this.refreshes < 2 || nowNanos - this.filledNanos < 0;
	}

	/**
	 * How long a peer may be silent before a refresh checks it: so long that of k peers,
	 * of which alpha are asked in each refresh, one is very probably still unasked by
	 * chance alone only in one of k cases.
	 */
	long graceNanos(int k, int alpha) {
		double unasked = 1 - Math.min(alpha, k - 1) / (double) k;
		return (long) (this.intervalNanos * Math.log(1.0 / k) / Math.log(unasked));
	}

	long nextNanos() {
		return (this.nextRefreshNanos - this.nextLookNanos <= 0) ? this.nextRefreshNanos : this.nextLookNanos;
	}

	/** How long ago this schedule began. */
	long ageNanos(long nowNanos) {
		return nowNanos - this.startNanos;
	}

	/**
	 * Bytes whose key shares exactly so many leading bits with this node's. Found by
	 * trying: 2^(bits + 1) times on average.
	 * @param self this node
	 * @param prefix how many bits; at most {@link #MAX_PREFIX}
	 * @param random the source of tries
	 */
	static ByteBuffer preimage(KadKey self, int prefix, Random random) {
		byte[] bytes = new byte[KEY_BYTES];
		do {
			random.nextBytes(bytes);
		}
		while (self.commonPrefix(KadKey.of(ByteBuffer.wrap(bytes))) != prefix);
		return ByteBuffer.wrap(bytes).asReadOnlyBuffer();
	}

}

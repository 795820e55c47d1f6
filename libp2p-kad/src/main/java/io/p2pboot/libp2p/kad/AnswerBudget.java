package io.p2pboot.libp2p.kad;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How many bytes of answers that are not complete yet the node holds. Any thread.
 */
final class AnswerBudget {

	/** How many bytes all streams together may hold. */
	static final long MAX_BYTES = 32L * 1024 * 1024;

	private final AtomicLong held = new AtomicLong();

	/** Takes room for some bytes; returns whether there was any. */
	boolean take(int bytes) {
		if (this.held.addAndGet(bytes) > MAX_BYTES) {
			this.held.addAndGet(-bytes);
			return false;
		}
		return true;
	}

	void release(long bytes) {
		this.held.addAndGet(-bytes);
	}

	long held() {
		return this.held.get();
	}

}

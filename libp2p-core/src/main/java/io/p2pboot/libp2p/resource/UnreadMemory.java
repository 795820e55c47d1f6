package io.p2pboot.libp2p.resource;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import io.netty.util.internal.PlatformDependent;

/**
 * What all connections hold for applications that have not read it yet, against what the
 * memory of the process allows. Each connection that holds something has a share of it,
 * which it may always fill; beyond its share it may hold as much as is left, so that one
 * alone comes to half of it. Thread-safe.
 */
public final class UnreadMemory {

	/**
	 * A third of what buffers may take: connections below their share read on while
	 * others hold all of it, and together come to as much again.
	 */
	private static final UnreadMemory PROCESS = new UnreadMemory(PlatformDependent.maxDirectMemory() / 3);

	private final long bytes;

	private final AtomicLong held = new AtomicLong();

	private final AtomicInteger holders = new AtomicInteger();

	/**
	 * Creates an account of its own.
	 * @param bytes how many bytes may be held in all, positive
	 * @throws IllegalArgumentException if the number is not positive
	 */
	public UnreadMemory(long bytes) {
		if (bytes < 1) {
			throw new IllegalArgumentException("bytes must be positive, was " + bytes);
		}
		this.bytes = bytes;
	}

	/**
	 * Returns the account of this process: a third of the memory that buffers may take.
	 * @return the account that all nodes share
	 */
	public static UnreadMemory ofProcess() {
		return PROCESS;
	}

	/**
	 * Counts bytes that have come on a connection.
	 * @param count how many
	 * @param before how many the connection held before
	 */
	public void take(int count, long before) {
		if (before == 0 && count > 0) {
			this.holders.incrementAndGet();
		}
		this.held.addAndGet(count);
	}

	/**
	 * Counts bytes that a connection no longer holds.
	 * @param count how many
	 * @param left how many the connection still holds
	 */
	public void giveBack(long count, long left) {
		if (left == 0 && count > 0) {
			this.holders.decrementAndGet();
		}
		this.held.addAndGet(-count);
	}

	/**
	 * Returns how much a connection may hold now: its share, or what is left if that is
	 * more.
	 * @return how many bytes, 0 and more
	 */
	public long allowed() {
		return Math.max(this.bytes / (this.holders.get() + 1), left());
	}

	/**
	 * Returns whether nothing is left.
	 * @return whether connections hold all that they may
	 */
	public boolean isSpent() {
		return left() <= 0;
	}

	/**
	 * Returns what is left.
	 * @return how many bytes, 0 and less for none
	 */
	public long left() {
		return this.bytes - this.held.get();
	}

	/**
	 * Returns how many connections hold something.
	 * @return the number of connections
	 */
	public int holders() {
		return this.holders.get();
	}

}

package io.p2pboot.libp2p.resource;

import java.util.concurrent.atomic.AtomicLong;

import io.netty.util.internal.PlatformDependent;

/**
 * What all connections hold for applications that have not read it yet, against what the
 * memory of the process allows. A connection may hold as much as is left: one alone comes
 * to half of the memory, several share it, and a new one always finds some. Thread-safe.
 */
public final class UnreadMemory {

	private static final UnreadMemory PROCESS = new UnreadMemory(PlatformDependent.maxDirectMemory() / 2);

	private final long bytes;

	private final AtomicLong held = new AtomicLong();

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
	 * Returns the account of this process: half of the memory that buffers may take.
	 * @return the account that all nodes share
	 */
	public static UnreadMemory ofProcess() {
		return PROCESS;
	}

	/**
	 * Counts bytes that have come.
	 * @param count how many
	 */
	public void take(int count) {
		this.held.addAndGet(count);
	}

	/**
	 * Counts bytes that are no longer held.
	 * @param count how many
	 */
	public void giveBack(int count) {
		this.held.addAndGet(-count);
	}

	/**
	 * Returns what is left.
	 * @return how many bytes, 0 and less for none
	 */
	public long left() {
		return this.bytes - this.held.get();
	}

}

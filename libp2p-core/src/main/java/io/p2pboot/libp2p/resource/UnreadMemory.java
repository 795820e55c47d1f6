package io.p2pboot.libp2p.resource;

import java.util.Comparator;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

import io.netty.util.internal.PlatformDependent;
import org.jspecify.annotations.Nullable;

/**
 * What all connections hold for applications that have not read it yet, against what the
 * memory of the process allows. Each connection that holds something has a share of it,
 * which it may always fill; beyond its share it may hold as much as is left, so that one
 * alone comes to half of it. What connections below their share hold comes on top: above
 * one and a half of the memory, whoever holds most is ended at once, which is never one
 * below its share; at twice the memory nobody is read. Thread-safe.
 */
public final class UnreadMemory {

	/**
	 * A third of what buffers may take: connections below their share read on while
	 * others hold all of it, and together come to as much again.
	 */
	private static final UnreadMemory PROCESS = new UnreadMemory(PlatformDependent.maxDirectMemory() / 3);

	/**
	 * Who holds something. Thread-safe.
	 */
	interface Holder {

		/** How many bytes it holds. */
		long reservedBytes();

		/** Ends, so that others can go on. Called on any thread; must not block. */
		void giveWay(long allowedBytes);

	}

	private final long bytes;

	private final AtomicLong held = new AtomicLong();

	/** How often each has begun to hold something, less how often it has ended. */
	private final ConcurrentHashMap<Holder, Integer> holders = new ConcurrentHashMap<>();

	/** Who is being ended; another is chosen when it holds nothing. */
	private final AtomicReference<@Nullable Holder> ending = new AtomicReference<>();

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

	/** Counts bytes that have come for a holder, which held so many before. */
	void take(Holder holder, int count, long before) {
		if (before == 0 && count > 0) {
			begun(holder, 1);
		}
		this.held.addAndGet(count);
		makeRoom();
	}

	/** Counts bytes that a holder no longer holds, and how many it still does. */
	void giveBack(Holder holder, long count, long left) {
		this.held.addAndGet(-count);
		if (left == 0 && count > 0) {
			begun(holder, -1);
			if (this.ending.compareAndSet(holder, null)) {
				makeRoom();
			}
		}
	}

	/** Whichever of two threads comes first, nothing is left in the end. */
	private void begun(Holder holder, int times) {
		this.holders.merge(holder, times, (before, more) -> (before + more != 0) ? before + more : null);
	}

	private void makeRoom() {
		if (this.held.get() <= this.bytes + this.bytes / 2 || this.ending.get() != null) {
			return;
		}
		this.holders.keySet().stream().max(Comparator.comparingLong(Holder::reservedBytes)).ifPresent((most) -> {
			if (this.ending.compareAndSet(null, most)) {
				most.giveWay(this.bytes / (holders() + 1));
				if (most.reservedBytes() == 0) {
					// It had ended by itself, maybe before it was chosen.
					this.ending.compareAndSet(most, null);
				}
			}
		});
	}

	/**
	 * Returns how much a connection may hold now: its share, or what is left if that is
	 * more; nothing where connections below their share have taken as much again.
	 * @return how many bytes, 0 and more
	 */
	public long allowed() {
		if (left() <= -this.bytes) {
			return 0;
		}
		return Math.max(this.bytes / (holders() + 1), left());
	}

	/**
	 * Returns how much may be held in all.
	 * @return how many bytes
	 */
	public long bytes() {
		return this.bytes;
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
		return this.holders.size();
	}

}

package io.p2pboot.libp2p.protocol.datagram;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.ReentrantLock;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * What waits to be sent on one flow: filled by any thread, emptied by the event loop.
 * Bounded in datagrams and in bytes. Guarded by {@code lock}.
 */
final class SendQueue {

	/** How many datagrams wait; one more is dropped. */
	static final int MAX_DATAGRAMS = 1024;

	/** How many bytes wait, prefixes included; a datagram that exceeds it is dropped. */
	static final int MAX_BYTES = 512 * 1024;

	/**
	 * What became of an offer.
	 */
	enum Offer {

		/** It waits, and the event loop has to be told. */
		FIRST,

		/** It waits, and the event loop is to come. */
		QUEUED,

		/** There is no room: the caller keeps the buffer. */
		FULL,

		/** The flow has ended: the caller keeps the buffer. */
		CLOSED

	}

	/**
	 * Datagrams that are sent together.
	 *
	 * @param bytes one after the other, each with its prefix
	 * @param datagrams how many
	 */
	record Batch(ByteBuf bytes, int datagrams) {
	}

	private final ReentrantLock lock = new ReentrantLock();

	private final Deque<ByteBuf> waiting = new ArrayDeque<>();

	private int bytes;

	private boolean draining;

	private boolean closed;

	/** Adds a datagram; owns its buffer if it waits. */
	Offer offer(ByteBuf datagram) {
		this.lock.lock();
		try {
			if (this.closed) {
				return Offer.CLOSED;
			}
			int size = datagram.readableBytes();
			if (this.waiting.size() >= MAX_DATAGRAMS || this.bytes + size > MAX_BYTES) {
				return Offer.FULL;
			}
			this.waiting.add(datagram);
			this.bytes += size;
			boolean first = !this.draining;
			this.draining = true;
			return first ? Offer.FIRST : Offer.QUEUED;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Takes what is sent next.
	 * @param alloc makes the buffer of several
	 * @param maxBytes how many bytes at most, unless the first datagram is larger
	 * @return the batch, owned by the caller; null if nothing waits, and then the next
	 * offer is a first one
	 */
	@Nullable Batch poll(ByteBufAllocator alloc, int maxBytes) {
		Deque<ByteBuf> taken = new ArrayDeque<>();
		int total = 0;
		this.lock.lock();
		try {
			while (!this.waiting.isEmpty()) {
				int next = this.waiting.element().readableBytes();
				if (!taken.isEmpty() && total + next > maxBytes) {
					break;
				}
				taken.add(this.waiting.remove());
				total += next;
			}
			this.bytes -= total;
			this.draining = !taken.isEmpty();
		}
		finally {
			this.lock.unlock();
		}
		return taken.isEmpty() ? null : new Batch(joined(alloc, taken, total), taken.size());
	}

	private static ByteBuf joined(ByteBufAllocator alloc, Deque<ByteBuf> parts, int total) {
		if (parts.size() == 1) {
			return parts.element();
		}
		ByteBuf whole = alloc.directBuffer(total);
		for (ByteBuf part : parts) {
			whole.writeBytes(part);
			part.release();
		}
		return whole;
	}

	boolean isEmpty() {
		this.lock.lock();
		try {
			return this.waiting.isEmpty();
		}
		finally {
			this.lock.unlock();
		}
	}

	/** Ends the queue; returns how many datagrams waited in vain. */
	int close() {
		this.lock.lock();
		try {
			this.closed = true;
			int left = this.waiting.size();
			this.waiting.forEach(ByteBuf::release);
			this.waiting.clear();
			this.bytes = 0;
			return left;
		}
		finally {
			this.lock.unlock();
		}
	}

}

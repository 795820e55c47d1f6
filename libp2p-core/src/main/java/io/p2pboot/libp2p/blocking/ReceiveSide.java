package io.p2pboot.libp2p.blocking;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * What a blocking stream has received and nobody has read yet. One batch is asked for
 * when the application has consumed the one before, and that is what gives the peer its
 * credit back. Any thread; guarded by {@code lock}.
 */
final class ReceiveSide {

	/**
	 * How far the side has come. What is queued is delivered before a state is told.
	 */
	enum State {

		/** Bytes may come. From the beginning. */
		OPEN,

		/** The peer has finished. From OPEN. */
		ENDED,

		/** As ENDED, and the application has given up what was queued. From ENDED. */
		GIVEN_UP,

		/** The stream failed; what was queued is gone. From OPEN. */
		FAILED,

		/** The application reads no more. From all. */
		CLOSED

	}

	private final Runnable askForBatch;

	private final ReentrantLock lock = new ReentrantLock();

	private final Condition readable = this.lock.newCondition();

	/** One reader at a time: a batch is copied outside of the lock. */
	private final ReentrantLock readers = new ReentrantLock();

	private final Deque<ByteBuf> received = new ArrayDeque<>();

	private State state = State.OPEN;

	private @Nullable IOException failure;

	private boolean asked;

	private volatile long timeoutNanos;

	/**
	 * Creates a side.
	 * @param askForBatch has the channel deliver one batch
	 */
	ReceiveSide(Runnable askForBatch) {
		this.askForBatch = askForBatch;
	}

	void timeout(long nanos) {
		this.timeoutNanos = nanos;
	}

	// The application's side.

	/** Waits for at least one byte; -1 at the end. */
	int read(ByteBuffer target) throws IOException {
		Waits.lock(this.readers, "reading");
		try {
			ByteBuf first = awaitReceived();
			return (first != null) ? copy(first, target) : -1;
		}
		finally {
			this.readers.unlock();
		}
	}

	/** Takes a buffer out of the queue; null at the end of the stream. */
	private @Nullable ByteBuf awaitReceived() throws IOException {
		long timeout = this.timeoutNanos;
		long left = timeout;
		this.lock.lock();
		try {
			while (this.received.isEmpty()) {
				if (this.state == State.ENDED || this.state == State.GIVEN_UP) {
					return null;
				}
				throwIfOver();
				ask();
				left = Waits.await(this.readable, timeout, left, "read");
			}
			return this.received.remove();
		}
		finally {
			this.lock.unlock();
		}
	}

	private void throwIfOver() throws IOException {
		if (this.state == State.CLOSED) {
			throw new ClosedChannelException();
		}
		if (this.failure != null) {
			throw this.failure;
		}
	}

	/** Copies outside the lock, so that the event loop never waits for a copy. */
	private int copy(ByteBuf source, ByteBuffer target) {
		int length = Math.min(source.readableBytes(), target.remaining());
		int limit = target.limit();
		target.limit(target.position() + length);
		source.readBytes(target);
		target.limit(limit);
		this.lock.lock();
		try {
			if (source.isReadable() && isDelivering()) {
				this.received.addFirst(source);
				return length;
			}
			if (this.received.isEmpty() && this.state == State.OPEN) {
				ask();
			}
		}
		finally {
			this.lock.unlock();
		}
		source.release();
		return length;
	}

	private boolean isDelivering() {
		return switch (this.state) {
			case OPEN, ENDED -> true;
			case GIVEN_UP, FAILED, CLOSED -> false;
		};
	}

	private void ask() {
		if (!this.asked) {
			this.asked = true;
			this.askForBatch.run();
		}
	}

	/** How many bytes can be read without waiting. */
	int available() {
		this.lock.lock();
		try {
			long bytes = 0;
			for (ByteBuf queued : this.received) {
				bytes += queued.readableBytes();
			}
			return (int) Math.min(bytes, Integer.MAX_VALUE);
		}
		finally {
			this.lock.unlock();
		}
	}

	/** The application reads no more. */
	void close() {
		move(State.CLOSED);
	}

	// The event loop's side.

	/** Takes a buffer; owns it from now on. */
	void received(ByteBuf bytes) {
		this.lock.lock();
		try {
			if (bytes.isReadable() && this.state == State.OPEN) {
				this.received.add(bytes);
				this.readable.signal();
				return;
			}
		}
		finally {
			this.lock.unlock();
		}
		bytes.release();
	}

	/** A batch is complete; the next one is asked for if somebody waits already. */
	void batchComplete() {
		this.lock.lock();
		try {
			this.asked = false;
			if (this.received.isEmpty() && this.state == State.OPEN && this.lock.hasWaiters(this.readable)) {
				ask();
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	/** The peer has finished. */
	void ended() {
		this.lock.lock();
		try {
			if (this.state == State.OPEN) {
				move(State.ENDED);
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * The stream failed. Whoever has an end in order has everything, and need not hear
	 * what became of the other direction or of the connection.
	 */
	void failed(IOException cause) {
		this.lock.lock();
		try {
			if (this.state == State.OPEN) {
				this.failure = cause;
				move(State.FAILED);
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	/** The application gives the stream up: nobody will read what is left. */
	void givenUp() {
		this.lock.lock();
		try {
			if (this.state == State.ENDED) {
				move(State.GIVEN_UP);
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	private void move(State next) {
		this.lock.lock();
		try {
			this.state = next;
			if (!isDelivering()) {
				this.received.forEach(ByteBuf::release);
				this.received.clear();
			}
			this.readable.signalAll();
		}
		finally {
			this.lock.unlock();
		}
	}

	State state() {
		this.lock.lock();
		try {
			return this.state;
		}
		finally {
			this.lock.unlock();
		}
	}

}

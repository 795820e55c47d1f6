package io.p2pboot.libp2p.blocking;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

import io.netty.buffer.ByteBuf;
import io.p2pboot.libp2p.netty.Futures;
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

	/** How long a read waits for the first byte of all, unless a time-out was set. */
	private volatile long firstByteNanos;

	/** Whether the peer has sent a byte, or ended its side. */
	private volatile boolean heard;

	/** When the read that waits began to; 0 while none does. */
	private volatile long waitingSince;

	/**
	 * Creates a side.
	 * @param askForBatch has the channel deliver one batch
	 * @param firstByteNanos how long a read waits for the first byte of all, in
	 * nanoseconds; 0 for no limit
	 */
	ReceiveSide(Runnable askForBatch, long firstByteNanos) {
		this.askForBatch = askForBatch;
		this.firstByteNanos = firstByteNanos;
	}

	/** Sets the time-out of a read; from then on the first byte has no other. */
	void timeout(long nanos) {
		this.firstByteNanos = 0;
		this.timeoutNanos = nanos;
	}

	/** Whether the peer has never sent a byte, nor ended its side. */
	boolean isSilent() {
		return !this.heard;
	}

	/** How long a read has waited; -1 if none does. */
	long waitedNanos(long now) {
		return Waits.since(this.waitingSince, now);
	}

	// The application's side.

	/** This side has written: who is spoken to may listen for as long as it likes. */
	void spokenTo() {
		if (this.firstByteNanos != 0) {
			this.firstByteNanos = 0;
		}
	}

	/**
	 * Waits for at least one byte; -1 at the end.
	 * @throws FirstByteMissing if the time for the first one is over
	 */
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
		long firstByte = this.heard ? 0 : this.firstByteNanos;
		long timeout = (firstByte > 0) ? firstByte : this.timeoutNanos;
		long left = timeout;
		this.lock.lock();
		try {
			if (this.received.isEmpty()) {
				this.waitingSince = Waits.begin();
			}
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
		catch (SocketTimeoutException ex) {
			throw (firstByte > 0) ? new FirstByteMissing(firstByte) : ex;
		}
		finally {
			this.waitingSince = 0;
			this.lock.unlock();
		}
	}

	private void throwIfOver() throws IOException {
		if (this.state == State.CLOSED) {
			throw new ClosedChannelException();
		}
		if (this.failure != null) {
			throw Futures.atCaller(this.failure);
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
				this.heard = true;
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
				this.heard = true;
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

	/**
	 * The peer has opened the stream and said nothing.
	 */
	static final class FirstByteMissing extends SocketTimeoutException {

		private static final long serialVersionUID = 1L;

		FirstByteMissing(long nanos) {
			super("the peer said nothing within " + Duration.ofNanos(nanos).toMillis() + " ms");
		}

	}

}

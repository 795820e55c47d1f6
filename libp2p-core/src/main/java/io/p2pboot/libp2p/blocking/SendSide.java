package io.p2pboot.libp2p.blocking;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.p2pboot.libp2p.netty.Futures;
import org.jspecify.annotations.Nullable;

/**
 * The writing side of a blocking stream: a writer waits while the channel has enough
 * queued. Any thread; guarded by {@code lock}.
 */
final class SendSide {

	/** How many bytes of one write are handed to the channel at a time. */
	static final int WRITE_CHUNK_BYTES = 64 * 1024;

	/** Above this many queued bytes a writer blocks. */
	static final int HIGH_WATER_BYTES = 256 * 1024;

	/** Below this many queued bytes it goes on. */
	static final int LOW_WATER_BYTES = 128 * 1024;

	/**
	 * How far the side has come.
	 */
	enum State {

		/** Bytes may be written. From the beginning. */
		OPEN,

		/** The application has finished or closed. From all. */
		FINISHED,

		/** The stream failed. From OPEN. */
		FAILED

	}

	private final Channel channel;

	private final ReentrantLock lock = new ReentrantLock();

	private final Condition writable = this.lock.newCondition();

	/** One writer at a time: the chunks of a write stay together. */
	private final ReentrantLock writers = new ReentrantLock();

	private State state = State.OPEN;

	private @Nullable IOException failure;

	private volatile long timeoutNanos;

	/** When the write that waits began to; 0 while none does. */
	private volatile long waitingSince;

	SendSide(Channel channel) {
		this.channel = channel;
	}

	void timeout(long nanos) {
		this.timeoutNanos = nanos;
	}

	/** How long a write has waited; -1 if none does. */
	long waitedNanos(long now) {
		return Waits.since(this.waitingSince, now);
	}

	/** Writes all that remains. */
	int write(ByteBuffer source) throws IOException {
		Waits.lock(this.writers, "writing");
		try {
			int total = source.remaining();
			checkOpen();
			while (source.hasRemaining()) {
				awaitWritable();
				submit(source);
			}
			return total;
		}
		finally {
			this.writers.unlock();
		}
	}

	/**
	 * Hands a chunk over, unless the side has ended meanwhile: what follows FIN would
	 * fail the stream as a whole. The channel only queues it.
	 */
	private void submit(ByteBuffer source) throws IOException {
		int position = source.position();
		ByteBuf chunk = chunk(source);
		this.lock.lock();
		try {
			throwIfOver();
			this.channel.writeAndFlush(chunk, this.channel.voidPromise());
		}
		catch (IOException ex) {
			chunk.release();
			source.position(position);
			throw ex;
		}
		finally {
			this.lock.unlock();
		}
	}

	private ByteBuf chunk(ByteBuffer source) {
		int length = Math.min(source.remaining(), WRITE_CHUNK_BYTES);
		ByteBuf chunk = this.channel.alloc().directBuffer(length);
		int limit = source.limit();
		source.limit(source.position() + length);
		chunk.writeBytes(source);
		source.limit(limit);
		return chunk;
	}

	private void checkOpen() throws IOException {
		this.lock.lock();
		try {
			throwIfOver();
		}
		finally {
			this.lock.unlock();
		}
	}

	private void throwIfOver() throws IOException {
		if (this.state == State.FINISHED) {
			throw new ClosedChannelException();
		}
		if (this.failure != null) {
			throw Futures.atCaller(this.failure);
		}
	}

	private void awaitWritable() throws IOException {
		if (this.channel.isWritable()) {
			return;
		}
		long timeout = this.timeoutNanos;
		long left = timeout;
		this.lock.lock();
		try {
			throwIfOver();
			this.waitingSince = Waits.begin();
			while (!this.channel.isWritable()) {
				left = Waits.await(this.writable, timeout, left, "write");
				throwIfOver();
			}
		}
		finally {
			this.waitingSince = 0;
			this.lock.unlock();
		}
	}

	/** The channel has room again. */
	void writable() {
		this.lock.lock();
		try {
			this.writable.signalAll();
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Ends the side in order.
	 * @return whether it was open
	 * @throws IOException what the stream failed with
	 */
	boolean finish() throws IOException {
		this.lock.lock();
		try {
			if (this.state == State.FINISHED) {
				return false;
			}
			throwIfOver();
			move(State.FINISHED);
			return true;
		}
		finally {
			this.lock.unlock();
		}
	}

	/** The application writes no more, whatever has happened. */
	void close() {
		this.lock.lock();
		try {
			move(State.FINISHED);
		}
		finally {
			this.lock.unlock();
		}
	}

	/** The stream failed. */
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

	private void move(State next) {
		this.state = next;
		this.writable.signalAll();
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

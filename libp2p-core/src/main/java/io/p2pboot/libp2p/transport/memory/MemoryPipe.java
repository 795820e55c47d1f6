package io.p2pboot.libp2p.transport.memory;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.ReentrantLock;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * One direction of a connection in memory, what a socket's two kernel buffers are: it
 * holds at most {@link #CAPACITY_BYTES}. Thread-safe; guarded by {@code lock}. The two
 * callbacks run on the caller's thread, outside the lock, and only schedule.
 */
final class MemoryPipe {

	/** How many bytes are held until they are read. */
	static final int CAPACITY_BYTES = 256 * 1024;

	/** The largest buffer that is handed out. */
	static final int CHUNK_BYTES = 64 * 1024;

	/** Small writes are gathered up to this. */
	private static final int MIN_CHUNK_BYTES = 2048;

	private final ReentrantLock lock = new ReentrantLock();

	private final Deque<ByteBuf> chunks = new ArrayDeque<>();

	private int bytes;

	private boolean writerBlocked;

	private boolean writeClosed;

	private boolean readClosed;

	private Runnable readable = () -> {
	};

	private Runnable writable = () -> {
	};

	/** Says whom to tell that there is something to read, or the end. */
	void onReadable(Runnable readable) {
		this.lock.lock();
		try {
			this.readable = readable;
		}
		finally {
			this.lock.unlock();
		}
	}

	/** Says whom to tell that there is room again, or that the reader is gone. */
	void onWritable(Runnable writable) {
		this.lock.lock();
		try {
			this.writable = writable;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Copies as much as fits. The bytes are copied as a socket does, because the two ends
	 * must not share memory: a cipher works in place.
	 * @return how many bytes were taken, 0 when it is full; -1 when the reader is gone
	 */
	int write(ByteBuf source, ByteBufAllocator allocator) {
		int taken;
		Runnable wake;
		this.lock.lock();
		try {
			if (this.readClosed) {
				return -1;
			}
			taken = Math.min(source.readableBytes(), CAPACITY_BYTES - this.bytes);
			copy(source, taken, allocator);
			this.writerBlocked = source.isReadable();
			wake = this.readable;
		}
		finally {
			this.lock.unlock();
		}
		if (taken > 0) {
			wake.run();
		}
		return taken;
	}

	private void copy(ByteBuf source, int length, ByteBufAllocator allocator) {
		int left = length;
		while (left > 0) {
			ByteBuf last = this.chunks.peekLast();
			if (last == null || !last.isWritable()) {
				int size = Math.max(MIN_CHUNK_BYTES, Math.min(left, CHUNK_BYTES));
				last = allocator.buffer(size, size);
				this.chunks.addLast(last);
			}
			int size = Math.min(left, last.writableBytes());
			last.writeBytes(source, size);
			this.bytes += size;
			left -= size;
		}
	}

	/** Takes the oldest bytes; null when there are none. The caller releases them. */
	@Nullable ByteBuf read() {
		ByteBuf chunk;
		Runnable wake = null;
		this.lock.lock();
		try {
			chunk = this.chunks.poll();
			if (chunk != null) {
				this.bytes -= chunk.readableBytes();
				if (this.writerBlocked && this.bytes <= CAPACITY_BYTES / 2) {
					this.writerBlocked = false;
					wake = this.writable;
				}
			}
		}
		finally {
			this.lock.unlock();
		}
		if (wake != null) {
			wake.run();
		}
		return chunk;
	}

	/** Whether the writer is gone and everything is read. */
	boolean isEnded() {
		this.lock.lock();
		try {
			return this.writeClosed && this.chunks.isEmpty();
		}
		finally {
			this.lock.unlock();
		}
	}

	/** The writer goes; what is held can still be read. */
	void closeWrite() {
		Runnable wake;
		this.lock.lock();
		try {
			this.writeClosed = true;
			wake = this.readable;
		}
		finally {
			this.lock.unlock();
		}
		wake.run();
	}

	/** The reader goes; what is held is dropped. */
	void closeRead() {
		Runnable wake;
		this.lock.lock();
		try {
			this.readClosed = true;
			this.chunks.forEach(ByteBuf::release);
			this.chunks.clear();
			this.bytes = 0;
			wake = this.writable;
		}
		finally {
			this.lock.unlock();
		}
		wake.run();
	}

}

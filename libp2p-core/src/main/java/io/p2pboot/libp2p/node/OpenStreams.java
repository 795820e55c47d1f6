package io.p2pboot.libp2p.node;

import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

import io.p2pboot.libp2p.ErrorCode;
import io.p2pboot.libp2p.Stream;

/**
 * The inbound streams that user code is serving: what a graceful end waits for. Any
 * thread; guarded by {@code lock}.
 */
final class OpenStreams {

	private final ReentrantLock lock = new ReentrantLock();

	private final Condition empty = this.lock.newCondition();

	private final Set<Stream> streams = new HashSet<>();

	void add(Stream stream) {
		this.lock.lock();
		try {
			this.streams.add(stream);
		}
		finally {
			this.lock.unlock();
		}
	}

	void remove(Stream stream) {
		this.lock.lock();
		try {
			if (this.streams.remove(stream) && this.streams.isEmpty()) {
				this.empty.signalAll();
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	int size() {
		this.lock.lock();
		try {
			return this.streams.size();
		}
		finally {
			this.lock.unlock();
		}
	}

	/** Waits until none is left; false if the time or the thread's patience ended. */
	boolean awaitEmpty(long nanos) {
		long left = nanos;
		this.lock.lock();
		try {
			while (!this.streams.isEmpty() && left > 0) {
				left = this.empty.awaitNanos(left);
			}
			return this.streams.isEmpty();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return false;
		}
		finally {
			this.lock.unlock();
		}
	}

	void resetAll() {
		Set<Stream> left;
		this.lock.lock();
		try {
			left = Set.copyOf(this.streams);
		}
		finally {
			this.lock.unlock();
		}
		left.forEach((stream) -> stream.reset(ErrorCode.SHUTDOWN.stream()));
	}

}

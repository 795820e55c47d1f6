package io.p2pboot.libp2p;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.AsynchronousCloseException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

/**
 * Where a protocol stands with its node. Any thread; guarded by {@link #lock}.
 */
final class Mount {

	enum State {

		/** Never mounted; left by {@link #mount}. */
		NEW,

		/** Serving; left by {@link #unmount}. */
		MOUNTED,

		/** Unmounted or the node closed; final. */
		ENDED

	}

	final ReentrantLock lock = new ReentrantLock();

	final Condition changed = this.lock.newCondition();

	private State state = State.NEW;

	private @Nullable ProtocolHost host;

	private @Nullable ProtocolPath path;

	void mount(ProtocolHost host, ProtocolPath path) {
		this.lock.lock();
		try {
			if (this.state != State.NEW) {
				throw new IllegalStateException("The protocol is already mounted at " + this.path);
			}
			this.state = State.MOUNTED;
			this.host = host;
			this.path = path;
		}
		finally {
			this.lock.unlock();
		}
	}

	void unmount() {
		this.lock.lock();
		try {
			this.state = State.ENDED;
			this.changed.signalAll();
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Takes the next that waits, blocking until there is one.
	 * @param taken takes one, if one waits; called under {@link #lock}
	 * @param served tells whether a handler takes them
	 * @param what what is accepted, for errors
	 */
	<T> T accept(Supplier<@Nullable T> taken, BooleanSupplier served, String what) throws IOException {
		this.lock.lock();
		try {
			checkNotServed(served);
			path();
			T next = taken.get();
			while (next == null) {
				if (this.state == State.ENDED) {
					throw new AsynchronousCloseException();
				}
				this.changed.await();
				checkNotServed(served);
				next = taken.get();
			}
			return next;
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new InterruptedIOException("Interrupted while accepting a " + what);
		}
		finally {
			this.lock.unlock();
		}
	}

	private static void checkNotServed(BooleanSupplier served) {
		if (served.getAsBoolean()) {
			throw new IllegalStateException("A handler serves this protocol");
		}
	}

	boolean isEnded() {
		this.lock.lock();
		try {
			return this.state == State.ENDED;
		}
		finally {
			this.lock.unlock();
		}
	}

	ProtocolHost host() {
		this.lock.lock();
		try {
			if (this.host == null || this.state != State.MOUNTED) {
				throw new IllegalStateException((this.state == State.NEW) ? "The protocol is not mounted on a node"
						: "The protocol " + this.path + " is no longer mounted");
			}
			return this.host;
		}
		finally {
			this.lock.unlock();
		}
	}

	@Nullable ProtocolHost hostOrNull() {
		this.lock.lock();
		try {
			return this.host;
		}
		finally {
			this.lock.unlock();
		}
	}

	ProtocolPath path() {
		this.lock.lock();
		try {
			if (this.path == null) {
				throw new IllegalStateException("The protocol is not mounted on a node");
			}
			return this.path;
		}
		finally {
			this.lock.unlock();
		}
	}

	/** Refuses an executor that runs its caller, where that is an event loop. */
	void checkHandlerThread() {
		ProtocolHost present = hostOrNull();
		if (present != null && present.isEventLoop()) {
			throw new RejectedExecutionException(
					"The executor runs the handler on its caller, which is an event loop; give serve one with threads");
		}
	}

}

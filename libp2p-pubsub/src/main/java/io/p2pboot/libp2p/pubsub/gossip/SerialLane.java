package io.p2pboot.libp2p.pubsub.gossip;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Runs tasks one after the other on an executor, and keeps no thread while there are
 * none. Bounded. Any thread; guarded by {@code lock}.
 */
final class SerialLane {

	private final Executor executor;

	private final int maximum;

	private final ReentrantLock lock = new ReentrantLock();

	private final Deque<Runnable> tasks = new ArrayDeque<>();

	private boolean running;

	SerialLane(Executor executor, int maximum) {
		this.executor = executor;
		this.maximum = maximum;
	}

	/** Adds a task, which must not throw; false if there are too many. */
	boolean offer(Runnable task) {
		this.lock.lock();
		try {
			if (this.tasks.size() >= this.maximum) {
				return false;
			}
			this.tasks.addLast(task);
			if (this.running) {
				return true;
			}
			this.running = true;
		}
		finally {
			this.lock.unlock();
		}
		try {
			this.executor.execute(this::run);
			return true;
		}
		catch (RejectedExecutionException ex) {
			return refused(task);
		}
	}

	private boolean refused(Runnable task) {
		this.lock.lock();
		try {
			this.running = false;
			return !this.tasks.remove(task);
		}
		finally {
			this.lock.unlock();
		}
	}

	private void run() {
		for (Runnable task = next(); task != null; task = next()) {
			task.run();
		}
	}

	private @org.jspecify.annotations.Nullable Runnable next() {
		this.lock.lock();
		try {
			Runnable task = this.tasks.pollFirst();
			this.running = task != null;
			return task;
		}
		finally {
			this.lock.unlock();
		}
	}

}

package io.p2pboot.libp2p.pubsub.gossip;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;

import io.p2pboot.libp2p.eventlog.EventLog;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Runs tasks one after the other on an executor, and keeps no thread while there are
 * none. A task that hangs can be left behind: the others go on on another thread, up to a
 * bound of threads that hang; beyond it tasks are refused until one of them is back. Any
 * thread; guarded by {@code lock}.
 */
final class SerialLane {

	private static final EventLog log = new EventLog(LoggerFactory.getLogger(SerialLane.class));

	/** How many threads may hang in tasks of one lane. */
	static final int MAX_HANGING = 4;

	private final Executor executor;

	private final int maximum;

	private final ReentrantLock lock = new ReentrantLock();

	private final Deque<Task> tasks = new ArrayDeque<>();

	/** Who takes the tasks; null while nobody does. */
	private @Nullable Runner runner;

	private int hanging;

	SerialLane(Executor executor, int maximum) {
		this.executor = executor;
		this.maximum = maximum;
	}

	/**
	 * What is to be done.
	 */
	interface Task {

		/** Does it. Must not throw. */
		void run(Runner runner);

		/** It was taken, and will not be done after all. */
		void refused();

	}

	/** Adds a task; false if there are too many, or too many hang. */
	boolean offer(Task task) {
		Runner fresh;
		this.lock.lock();
		try {
			if (this.tasks.size() >= this.maximum || this.hanging >= MAX_HANGING) {
				return false;
			}
			this.tasks.addLast(task);
			if (this.runner != null) {
				return true;
			}
			fresh = new Runner();
			this.runner = fresh;
		}
		finally {
			this.lock.unlock();
		}
		if (start(fresh)) {
			return true;
		}
		List<Task> waiting = takeAll();
		waiting.stream().filter((each) -> each != task).forEach(Task::refused);
		return !waiting.contains(task);
	}

	private boolean start(Runner fresh) {
		try {
			this.executor.execute(fresh);
			return true;
		}
		catch (Throwable ex) {
			// An error too: where no thread can be had the lane must not stay taken.
			return giveUp(fresh, ex);
		}
	}

	/** Whether a runner runs though its executor threw; if not, there is none. */
	private boolean giveUp(Runner fresh, Throwable cause) {
		this.lock.lock();
		try {
			if (fresh.begun) {
				return true;
			}
			this.runner = null;
			fresh.begun = true;
		}
		finally {
			this.lock.unlock();
		}
		log.warn("pubsub.lane", "No thread for checks or signatures: {}", cause);
		return false;
	}

	/** Leaves a task behind that hangs; its thread is interrupted. */
	void abandon(Runner hung) {
		List<Task> refused = List.of();
		Runner fresh = null;
		this.lock.lock();
		try {
			if (this.runner != hung) {
				return;
			}
			this.runner = null;
			hung.interrupt();
			if (++this.hanging >= MAX_HANGING) {
				refused = takeAll();
			}
			else if (!this.tasks.isEmpty()) {
				fresh = new Runner();
				this.runner = fresh;
			}
		}
		finally {
			this.lock.unlock();
		}
		if (fresh != null && !start(fresh)) {
			refused = takeAll();
		}
		refused.forEach(Task::refused);
	}

	private List<Task> takeAll() {
		this.lock.lock();
		try {
			List<Task> all = List.copyOf(this.tasks);
			this.tasks.clear();
			return all;
		}
		finally {
			this.lock.unlock();
		}
	}

	private @Nullable Task next(Runner asking) {
		this.lock.lock();
		try {
			if (this.runner != asking) {
				// It was left behind, and is back.
				this.hanging--;
				asking.end();
				return null;
			}
			Task task = this.tasks.pollFirst();
			if (task == null) {
				this.runner = null;
				asking.end();
			}
			return task;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * One thread that takes tasks for as long as there are any.
	 */
	final class Runner implements Runnable {

		/** Guarded by the lane's lock. */
		private @Nullable Thread thread;

		/** Guarded by the lane's lock. */
		private boolean begun;

		@Override
		public void run() {
			if (!begin()) {
				return;
			}
			for (Task task = next(this); task != null; task = next(this)) {
				task.run(this);
			}
			// The interrupt was for the task that hung, not for what the thread does
			// next.
			Thread.interrupted();
		}

		/** False if it was given up. */
		private boolean begin() {
			SerialLane.this.lock.lock();
			try {
				if (this.begun) {
					return false;
				}
				this.begun = true;
				this.thread = Thread.currentThread();
				return true;
			}
			finally {
				SerialLane.this.lock.unlock();
			}
		}

		private void end() {
			this.thread = null;
		}

		private void interrupt() {
			Thread hung = this.thread;
			if (hung != null) {
				hung.interrupt();
			}
		}

		/** Leaves the task behind that it is in. */
		void abandon() {
			SerialLane.this.abandon(this);
		}

	}

}

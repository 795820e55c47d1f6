package io.p2pboot.libp2p.spring.handler;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

import org.springframework.util.Assert;

/**
 * The handlers of a context by their ids: starts and stops each of them while the node
 * runs. A handler that is stopped is not mounted, and peers are told so; calls that have
 * begun go on. Thread-safe; guarded by {@code lock}.
 */
public final class Libp2pHandlerRegistry {

	private final ReentrantLock lock = new ReentrantLock();

	private final Map<String, Entry> entries = new LinkedHashMap<>();

	/**
	 * Creates a registry without handlers; a {@link HandlerRegistrar} adds those that it
	 * finds.
	 */
	public Libp2pHandlerRegistry() {
	}

	/**
	 * Returns the ids of all handlers.
	 * @return a snapshot, in the order in which the handlers were found
	 */
	public Set<String> ids() {
		this.lock.lock();
		try {
			return Collections.unmodifiableSet(new LinkedHashSet<>(this.entries.keySet()));
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Returns whether a handler is mounted.
	 * @param id its id
	 * @return whether peers can call it
	 * @throws IllegalArgumentException if there is none
	 */
	public boolean isRunning(String id) {
		this.lock.lock();
		try {
			return required(id).running;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Returns what a handler serves.
	 * @param id its id
	 * @return one for each path
	 * @throws IllegalArgumentException if there is none
	 */
	public List<MountedHandler> handlers(String id) {
		this.lock.lock();
		try {
			return List.copyOf(required(id).handlers);
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Mounts a handler on the node, at all of its paths or, if that fails, at none. Does
	 * nothing if it is mounted.
	 * @param id its id
	 * @throws IllegalArgumentException if there is none
	 * @throws IllegalStateException if one of its paths is taken, or the node is closed
	 */
	public void start(String id) {
		this.lock.lock();
		try {
			Entry entry = required(id);
			if (!entry.running) {
				entry.mount.run();
				entry.running = true;
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Takes a handler from the node. Does nothing if it is not mounted. Does not wait:
	 * calls that have begun go on.
	 * @param id its id
	 * @throws IllegalArgumentException if there is none
	 */
	public void stop(String id) {
		this.lock.lock();
		try {
			Entry entry = required(id);
			if (entry.running) {
				entry.unmount.run();
				entry.running = false;
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	void add(String id, List<MountedHandler> handlers, Runnable mount, Runnable unmount) {
		this.lock.lock();
		try {
			this.entries.put(id, new Entry(handlers, mount, unmount));
		}
		finally {
			this.lock.unlock();
		}
	}

	private Entry required(String id) {
		Entry entry = this.entries.get(id);
		Assert.isTrue(entry != null,
				() -> "There is no handler with the id '" + id + "', but " + this.entries.keySet());
		return entry;
	}

	/** One handler. */
	private static final class Entry {

		private final List<MountedHandler> handlers;

		private final Runnable mount;

		private final Runnable unmount;

		private boolean running;

		Entry(List<MountedHandler> handlers, Runnable mount, Runnable unmount) {
			this.handlers = new ArrayList<>(handlers);
			this.mount = mount;
			this.unmount = unmount;
		}

	}

}

package io.p2pboot.libp2p.spring.topic;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.context.SmartLifecycle;

/**
 * The topic listeners of an application, by id. They start after the node, and leave
 * their topics before it drains. Thread-safe.
 */
public final class Libp2pTopicListenerRegistry implements SmartLifecycle {

	/** Above the graceful shutdowns: it starts after the node, and stops first. */
	public static final int PHASE = Integer.MAX_VALUE - 512;

	private static final Logger logger = LoggerFactory.getLogger(Libp2pTopicListenerRegistry.class);

	private final Duration gracePeriod;

	private final ReentrantLock lock = new ReentrantLock();

	/** Guarded by {@code lock}. */
	private final Map<String, TopicListener> listeners = new LinkedHashMap<>();

	/** Guarded by {@code lock}. */
	private final List<Consumer<TopicListener>> watchers = new ArrayList<>();

	private volatile boolean running;

	/**
	 * Creates a registry.
	 * @param gracePeriod how long listeners may take to handle what waits when they stop
	 */
	public Libp2pTopicListenerRegistry(Duration gracePeriod) {
		this.gracePeriod = gracePeriod;
	}

	/**
	 * Adds a listener; it starts with the others if its settings say so.
	 * @param listener the listener
	 * @throws IllegalArgumentException if its id is taken
	 */
	public void add(TopicListener listener) {
		this.lock.lock();
		try {
			TopicListener before = this.listeners.putIfAbsent(listener.id(), listener);
			if (before != null) {
				throw new IllegalArgumentException(
						"The id '" + listener.id() + "' is that of " + before + " and of " + listener);
			}
			this.watchers.forEach((watcher) -> watcher.accept(listener));
		}
		finally {
			this.lock.unlock();
		}
		if (this.running && listener.settings().autoStartup()) {
			listener.start();
		}
	}

	/**
	 * Has somebody told of each listener, those that are there already included.
	 * @param watcher is told; must not block
	 */
	public void watch(Consumer<TopicListener> watcher) {
		this.lock.lock();
		try {
			this.watchers.add(watcher);
			this.listeners.values().forEach(watcher);
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Returns the listeners.
	 * @return a snapshot, in the order in which they were added
	 */
	public Collection<TopicListener> listeners() {
		this.lock.lock();
		try {
			return List.copyOf(this.listeners.values());
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Returns a listener.
	 * @param id its id
	 * @return the listener; empty if there is none
	 */
	public Optional<TopicListener> listener(String id) {
		this.lock.lock();
		try {
			return Optional.ofNullable(this.listeners.get(id));
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Starts a listener: it joins its topics. Does nothing if it runs.
	 * @param id its id
	 * @throws IllegalArgumentException if there is none
	 */
	public void start(String id) {
		required(id).start();
	}

	/**
	 * Stops a listener: it leaves its topics. Blocks until it has handled what waits, for
	 * as long as {@code libp2p.shutdown.grace-period}.
	 * @param id its id
	 * @throws IllegalArgumentException if there is none
	 */
	public void stop(String id) {
		required(id).stop(this.gracePeriod);
	}

	/**
	 * Pauses a listener: messages wait, and overflow as it is configured.
	 * @param id its id
	 * @throws IllegalArgumentException if there is none
	 */
	public void pause(String id) {
		required(id).pause();
	}

	/**
	 * Resumes a listener.
	 * @param id its id
	 * @throws IllegalArgumentException if there is none
	 */
	public void resume(String id) {
		required(id).resume();
	}

	private TopicListener required(String id) {
		return listener(id).orElseThrow(() -> new IllegalArgumentException("There is no topic listener '" + id
				+ "'; there are " + listeners().stream().map(TopicListener::id).toList()));
	}

	@Override
	public void start() {
		this.running = true;
		listeners().stream().filter((listener) -> listener.settings().autoStartup()).forEach(TopicListener::start);
	}

	@Override
	public void stop() {
		throw new UnsupportedOperationException("Stop must be given a callback");
	}

	/**
	 * Leaves all topics at once, then waits on a thread of its own until what waits is
	 * handled.
	 * @param callback called when that is done, or the grace period over
	 */
	@Override
	public void stop(Runnable callback) {
		this.running = false;
		List<ListenerRun> left = listeners().stream()
			.<@Nullable ListenerRun>map(TopicListener::leave)
			.filter(Objects::nonNull)
			.toList();
		if (left.isEmpty()) {
			callback.run();
			return;
		}
		new Thread(() -> await(left, callback), "libp2p-topics-shutdown").start();
	}

	private void await(List<ListenerRun> left, Runnable callback) {
		try {
			long deadline = System.nanoTime() + this.gracePeriod.toNanos();
			boolean ended = true;
			for (ListenerRun run : left) {
				ended &= run.await(Duration.ofNanos(Math.max(0, deadline - System.nanoTime())));
			}
			if (!ended) {
				logger.info("Some topic listeners were still active after {}", this.gracePeriod);
			}
		}
		finally {
			callback.run();
		}
	}

	@Override
	public boolean isRunning() {
		return this.running;
	}

	@Override
	public boolean isPauseable() {
		return false;
	}

	@Override
	public int getPhase() {
		return PHASE;
	}

}

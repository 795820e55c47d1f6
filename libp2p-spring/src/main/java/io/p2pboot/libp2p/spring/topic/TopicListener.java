package io.p2pboot.libp2p.spring.topic;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

import io.p2pboot.libp2p.eventlog.EventLog;
import io.p2pboot.libp2p.pubsub.PubSub;
import io.p2pboot.libp2p.pubsub.TopicMessage;
import io.p2pboot.libp2p.spring.CallObserver;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A listener of topics: joins them when it starts, leaves them when it stops.
 * Thread-safe.
 */
public final class TopicListener {

	private static final Logger logger = LoggerFactory.getLogger(TopicListener.class);

	private static final EventLog log = new EventLog(logger);

	private final TopicListenerSettings settings;

	private final TopicCall call;

	private final Supplier<PubSub> pubSub;

	private final ListenerThreads threads;

	private final TopicListenerErrorHandler errors;

	private final TopicObserver observer;

	private final LongAdder handled = new LongAdder();

	private final LongAdder failed = new LongAdder();

	private final ReentrantLock lock = new ReentrantLock();

	/** What runs; guarded by {@code lock} for changes. */
	private volatile @Nullable ListenerRun run;

	/** Of the runs that have ended; guarded by {@code lock}. */
	private long droppedBefore;

	/**
	 * Creates a listener that is stopped.
	 * @param settings how it listens
	 * @param call what it does with messages
	 * @param pubSub what it joins topics with, asked for when it starts
	 * @param threads makes the threads on which it runs
	 * @param errors is told of failures
	 * @param observer observes it
	 */
	public TopicListener(TopicListenerSettings settings, TopicCall call, Supplier<PubSub> pubSub,
			ListenerThreads threads, TopicListenerErrorHandler errors, TopicObserver observer) {
		this.settings = settings;
		this.call = call;
		this.pubSub = pubSub;
		this.threads = threads;
		this.errors = errors;
		this.observer = observer;
	}

	/**
	 * Returns its name.
	 * @return the id
	 */
	public String id() {
		return this.settings.id();
	}

	/**
	 * Returns what it listens to.
	 * @return the topics
	 */
	public List<String> topics() {
		return this.settings.topics();
	}

	/**
	 * Returns how it listens.
	 * @return the settings
	 */
	public TopicListenerSettings settings() {
		return this.settings;
	}

	/**
	 * Returns whether it has joined its topics.
	 * @return whether it was started, and neither stopped nor ended by a full queue
	 */
	public boolean isRunning() {
		return this.run != null;
	}

	/**
	 * Returns whether it takes no messages from its queue for now.
	 * @return whether it runs and is paused
	 */
	public boolean isPaused() {
		ListenerRun running = this.run;
		return running != null && running.isPaused();
	}

	/**
	 * Returns how many messages wait.
	 * @return the number; 0 if it does not run
	 */
	public int queued() {
		ListenerRun running = this.run;
		return (running != null) ? running.queued() : 0;
	}

	/**
	 * Returns how many messages were dropped because the queue was full.
	 * @return the number since the application started
	 */
	public long dropped() {
		this.lock.lock();
		try {
			ListenerRun running = this.run;
			return this.droppedBefore + ((running != null) ? running.dropped() : 0);
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Returns how many messages were taken from the queue, handled or failed.
	 * @return the number since the application started
	 */
	public long handled() {
		return this.handled.sum();
	}

	/**
	 * Returns how many messages could not be read or handled.
	 * @return the number since the application started
	 */
	public long failed() {
		return this.failed.sum();
	}

	/**
	 * Joins the topics and begins to take messages; does nothing if it runs. Does not
	 * block.
	 */
	public void start() {
		this.lock.lock();
		try {
			if (this.run == null) {
				ListenerRun started = new ListenerRun(this, this.settings);
				started.start(this.pubSub.get(), this.threads);
				this.run = started;
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Leaves the topics. What waits is still handled, unless it is paused. Blocks until
	 * that is done; what then still runs is interrupted.
	 * @param timeout how long that may take; not negative
	 * @return whether everything ended in time
	 */
	public boolean stop(Duration timeout) {
		ListenerRun left = leave();
		return left == null || left.await(timeout);
	}

	/** Leaves the topics and returns what is still handling messages, if anything. */
	@Nullable ListenerRun leave() {
		this.lock.lock();
		try {
			ListenerRun running = this.run;
			if (running != null) {
				ended(running);
				running.leave();
			}
			return running;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Takes no more messages: they wait in the queue, and overflow as it is configured.
	 * What is being handled goes on. Does nothing if it does not run.
	 */
	public void pause() {
		ListenerRun running = this.run;
		if (running != null) {
			running.pause(true);
		}
	}

	/**
	 * Takes messages again. Does nothing if it is not paused.
	 */
	public void resume() {
		ListenerRun running = this.run;
		if (running != null) {
			running.pause(false);
		}
	}

	/** A run has ended, or is about to. */
	void ended(ListenerRun which) {
		this.lock.lock();
		try {
			if (this.run == which) {
				this.droppedBefore += which.dropped();
				this.run = null;
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	/** The queue was full, and the listener is to end then. */
	void overflowed(ListenerRun which) {
		log.warn("overflow " + id(), "The topic listener '{}' has ended: its queue was full", id());
		ended(which);
	}

	void process(List<TopicMessage> messages) {
		this.handled.add(messages.size());
		CallObserver.Scope scope = CallObserver.Scope.NONE;
		try {
			scope = this.observer.processing(id(), messages);
			CallObserver.Scope observed = scope;
			this.call.handle(messages, (which, failure) -> {
				observed.failed(failure);
				failed(which, failure);
			});
		}
		catch (Throwable ex) {
			scope.failed(ex);
			failed(messages, ex);
		}
		finally {
			end(scope);
		}
	}

	private void failed(List<TopicMessage> messages, Throwable failure) {
		this.failed.add(messages.size());
		try {
			this.errors.handle(id(), messages, failure);
		}
		catch (RuntimeException | Error ex) {
			log.warn("error handler", "The error handler of topic listener '{}' failed: {}", id(), ex);
		}
	}

	private void end(CallObserver.Scope scope) {
		try {
			scope.close();
		}
		catch (RuntimeException ex) {
			log.warn("observation", "The observation of topic listener '{}' failed: {}", id(), ex);
		}
	}

	@Override
	public String toString() {
		return this.settings.description();
	}

}

package io.p2pboot.libp2p.spring.topic;

import java.io.InterruptedIOException;
import java.nio.channels.AsynchronousCloseException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

import io.p2pboot.libp2p.pubsub.PubSub;
import io.p2pboot.libp2p.pubsub.TopicMessage;
import io.p2pboot.libp2p.pubsub.TopicSubscription;

/**
 * A listener from its start to its stop: a subscription for each topic, and as many
 * threads on each as may handle messages at once. Any thread; guarded by {@code lock}.
 */
final class ListenerRun {

	/**
	 * What becomes of messages that wait.
	 */
	private enum State {

		/** They are handled; until {@link #PAUSED} or {@link #ENDING}. */
		RUNNING,

		/** They wait; until {@link #RUNNING} or {@link #ABANDONED}. */
		PAUSED,

		/** No more come, and those that wait are handled; until {@link #ABANDONED}. */
		ENDING,

		/** They are forgotten; final. */
		ABANDONED

	}

	private final TopicListener listener;

	private final TopicListenerSettings settings;

	/** So that several topics together keep to the concurrency. */
	private final Semaphore permits;

	private final List<TopicSubscription> subscriptions = new CopyOnWriteArrayList<>();

	private final List<Thread> threads = new ArrayList<>();

	private final ReentrantLock lock = new ReentrantLock();

	private final Condition changed = this.lock.newCondition();

	private State state = State.RUNNING;

	private int working;

	ListenerRun(TopicListener listener, TopicListenerSettings settings) {
		this.listener = listener;
		this.settings = settings;
		this.permits = new Semaphore(settings.concurrency(), true);
	}

	void start(PubSub pubSub, ListenerThreads starter) {
		try {
			for (String topic : this.settings.topics()) {
				this.subscriptions.add(pubSub.topic(topic).subscribe(this.settings.queue()));
			}
			begin(starter);
		}
		catch (RuntimeException | Error ex) {
			leave();
			throw ex;
		}
	}

	private void begin(ListenerThreads starter) {
		this.lock.lock();
		try {
			for (TopicSubscription subscription : this.subscriptions) {
				for (int index = 0; index < this.settings.concurrency(); index++) {
					String name = "libp2p-topic-" + this.settings.id() + "-" + (this.threads.size() + 1);
					this.threads.add(starter.start(name, () -> work(subscription)));
					this.working++;
				}
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	/** Leaves the topics: what waits is still handled, however often that is said. */
	void leave() {
		this.lock.lock();
		try {
			this.state = switch (this.state) {
				case RUNNING, ENDING -> State.ENDING;
				case PAUSED, ABANDONED -> State.ABANDONED;
			};
			this.changed.signalAll();
		}
		finally {
			this.lock.unlock();
		}
		this.subscriptions.forEach(TopicSubscription::close);
	}

	/**
	 * Waits until every thread has ended; interrupts those that have not. One of these
	 * threads would wait for itself, so it does not wait, and what waits is handled.
	 */
	boolean await(Duration timeout) {
		long nanos = timeout.toNanos();
		this.lock.lock();
		try {
			if (this.threads.contains(Thread.currentThread())) {
				return false;
			}
			while (this.working > 0 && nanos > 0) {
				nanos = this.changed.awaitNanos(nanos);
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		finally {
			this.lock.unlock();
		}
		return !abandon();
	}

	/** Forgets what waits; returns whether something was still running. */
	private boolean abandon() {
		this.lock.lock();
		try {
			this.state = State.ABANDONED;
			this.changed.signalAll();
			if (this.working == 0) {
				return false;
			}
			this.threads.forEach(Thread::interrupt);
			return true;
		}
		finally {
			this.lock.unlock();
		}
	}

	void pause(boolean pause) {
		this.lock.lock();
		try {
			if (this.state == State.RUNNING || this.state == State.PAUSED) {
				this.state = pause ? State.PAUSED : State.RUNNING;
				this.changed.signalAll();
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	boolean isPaused() {
		this.lock.lock();
		try {
			return this.state == State.PAUSED;
		}
		finally {
			this.lock.unlock();
		}
	}

	int queued() {
		return this.subscriptions.stream().mapToInt(TopicSubscription::queued).sum();
	}

	long dropped() {
		return this.subscriptions.stream().mapToLong(TopicSubscription::dropped).sum();
	}

	private void work(TopicSubscription subscription) {
		boolean overflowed = false;
		try {
			while (handle(take(subscription))) {
				// A listener that restored the flag for itself is not to end here.
				if (!isAbandoned()) {
					Thread.interrupted();
				}
			}
		}
		catch (AsynchronousCloseException ex) {
			overflowed = isTaking();
		}
		catch (InterruptedIOException | InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		finally {
			ended();
		}
		if (overflowed) {
			leave();
			this.listener.overflowed(this);
		}
	}

	/** Takes a message, or a batch. */
	private List<TopicMessage> take(TopicSubscription subscription)
			throws AsynchronousCloseException, InterruptedIOException {
		TopicMessage first = subscription.next();
		Optional<TopicListenerSettings.Batch> batch = this.settings.batch();
		return batch.isPresent() ? fill(first, batch.get(), subscription) : List.of(first);
	}

	private static List<TopicMessage> fill(TopicMessage first, TopicListenerSettings.Batch batch,
			TopicSubscription subscription) throws InterruptedIOException {
		List<TopicMessage> messages = new ArrayList<>();
		messages.add(first);
		long deadline = System.nanoTime() + batch.timeout().toNanos();
		try {
			while (messages.size() < batch.size()) {
				Duration left = Duration.ofNanos(Math.max(0, deadline - System.nanoTime()));
				Optional<TopicMessage> next = subscription.next(left);
				if (next.isEmpty()) {
					break;
				}
				messages.add(next.get());
			}
		}
		catch (AsynchronousCloseException ex) {
			// The next one to be taken tells of it.
			return List.copyOf(messages);
		}
		return List.copyOf(messages);
	}

	/** Handles messages when it may; returns false when they are forgotten. */
	private boolean handle(List<TopicMessage> messages) throws InterruptedException {
		this.permits.acquire();
		try {
			if (!awaitResumed()) {
				return false;
			}
			this.listener.process(messages);
			return true;
		}
		finally {
			this.permits.release();
		}
	}

	private boolean awaitResumed() throws InterruptedException {
		this.lock.lock();
		try {
			while (this.state == State.PAUSED) {
				this.changed.await();
			}
			return this.state != State.ABANDONED;
		}
		finally {
			this.lock.unlock();
		}
	}

	private boolean isAbandoned() {
		this.lock.lock();
		try {
			return this.state == State.ABANDONED;
		}
		finally {
			this.lock.unlock();
		}
	}

	/** Whether nobody has asked for the end. */
	private boolean isTaking() {
		this.lock.lock();
		try {
			return this.state == State.RUNNING || this.state == State.PAUSED;
		}
		finally {
			this.lock.unlock();
		}
	}

	private void ended() {
		this.lock.lock();
		try {
			this.working--;
			this.changed.signalAll();
		}
		finally {
			this.lock.unlock();
		}
	}

}

package io.p2pboot.libp2p.pubsub.gossip;

import java.io.InterruptedIOException;
import java.nio.channels.AsynchronousCloseException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

import io.p2pboot.libp2p.pubsub.PubSubObserver;
import io.p2pboot.libp2p.pubsub.SubscribeOptions;
import io.p2pboot.libp2p.pubsub.TopicMessage;
import io.p2pboot.libp2p.pubsub.TopicSubscription;
import org.jspecify.annotations.Nullable;

/**
 * What waits for a subscriber. Any thread; guarded by {@code lock}.
 */
final class SubscriptionQueue implements TopicSubscription {

	private final String topic;

	private final SubscribeOptions options;

	private final PubSubObserver observer;

	private final Consumer<SubscriptionQueue> onClose;

	private final ReentrantLock lock = new ReentrantLock();

	private final Condition changed = this.lock.newCondition();

	private final Deque<Queued> messages = new ArrayDeque<>();

	private long bytes;

	private long dropped;

	private boolean closed;

	private @Nullable HandledMessages handled;

	SubscriptionQueue(String topic, SubscribeOptions options, PubSubObserver observer,
			Consumer<SubscriptionQueue> onClose) {
		this.topic = topic;
		this.options = options;
		this.observer = observer;
		this.onClose = onClose;
	}

	@Override
	public String topic() {
		return this.topic;
	}

	/** Has a handler take the messages. Before the first one. */
	void handled(HandledMessages handler) {
		this.handled = handler;
	}

	boolean isEmpty() {
		return queued() == 0;
	}

	/**
	 * Adds a message; whether the subscription is to be closed for it.
	 * @param message the message
	 * @param length how many bytes it keeps, with all its fields: one that is not signed
	 * may have a key as long as a frame and no data
	 */
	boolean offer(TopicMessage message, int length) {
		boolean close = queue(message, length);
		HandledMessages handler = this.handled;
		if (handler != null) {
			handler.wake();
		}
		return close;
	}

	private boolean queue(TopicMessage message, int length) {
		this.lock.lock();
		try {
			if (this.closed) {
				return false;
			}
			switch (this.options.overflow()) {
				case DROP_OLDEST -> {
					while (!fits(length) && !this.messages.isEmpty()) {
						drop(take());
					}
				}
				case DROP_NEWEST -> {
					if (!fits(length)) {
						drop(message);
						return false;
					}
				}
				case CLOSE -> {
					if (!fits(length)) {
						drop(message);
						return true;
					}
				}
			}
			// One that is longer than the queue alone is delivered by itself.
			this.messages.addLast(new Queued(message, length));
			this.bytes += length;
			this.changed.signal();
			return false;
		}
		finally {
			this.lock.unlock();
		}
	}

	private boolean fits(int length) {
		return this.messages.size() < this.options.queueMessages()
				&& (this.messages.isEmpty() || this.bytes + length <= this.options.queueBytes());
	}

	private void drop(TopicMessage message) {
		this.dropped++;
		this.observer.undeliverable(message);
	}

	private TopicMessage take() {
		Queued first = this.messages.removeFirst();
		this.bytes -= first.length();
		return first.message();
	}

	/** Takes a message if there is one. */
	@Nullable TopicMessage poll() {
		this.lock.lock();
		try {
			return this.messages.isEmpty() ? null : take();
		}
		finally {
			this.lock.unlock();
		}
	}

	@Override
	public TopicMessage next() throws AsynchronousCloseException, InterruptedIOException {
		this.lock.lock();
		try {
			while (this.messages.isEmpty()) {
				checkOpen();
				this.changed.await();
			}
			return take();
		}
		catch (InterruptedException ex) {
			throw interrupted();
		}
		finally {
			this.lock.unlock();
		}
	}

	@Override
	public Optional<TopicMessage> next(Duration timeout) throws AsynchronousCloseException, InterruptedIOException {
		long nanos = timeout.toNanos();
		this.lock.lock();
		try {
			while (this.messages.isEmpty()) {
				checkOpen();
				if (nanos <= 0) {
					return Optional.empty();
				}
				nanos = this.changed.awaitNanos(nanos);
			}
			return Optional.of(take());
		}
		catch (InterruptedException ex) {
			throw interrupted();
		}
		finally {
			this.lock.unlock();
		}
	}

	private void checkOpen() throws AsynchronousCloseException {
		if (this.closed) {
			throw new AsynchronousCloseException();
		}
	}

	private static InterruptedIOException interrupted() {
		Thread.currentThread().interrupt();
		return new InterruptedIOException("Interrupted while waiting for a message");
	}

	@Override
	public int queued() {
		this.lock.lock();
		try {
			return this.messages.size();
		}
		finally {
			this.lock.unlock();
		}
	}

	@Override
	public long dropped() {
		this.lock.lock();
		try {
			return this.dropped;
		}
		finally {
			this.lock.unlock();
		}
	}

	boolean isClosed() {
		this.lock.lock();
		try {
			return this.closed;
		}
		finally {
			this.lock.unlock();
		}
	}

	@Override
	public void close() {
		this.lock.lock();
		try {
			if (this.closed) {
				return;
			}
			this.closed = true;
			this.changed.signalAll();
		}
		finally {
			this.lock.unlock();
		}
		this.onClose.accept(this);
	}

	/**
	 * A message that waits.
	 *
	 * @param message the message
	 * @param length how many bytes it keeps
	 */
	private record Queued(TopicMessage message, int length) {
	}

}

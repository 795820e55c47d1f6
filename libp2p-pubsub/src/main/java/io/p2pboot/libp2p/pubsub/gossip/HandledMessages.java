package io.p2pboot.libp2p.pubsub.gossip;

import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

import io.p2pboot.libp2p.eventlog.EventLog;
import io.p2pboot.libp2p.pubsub.TopicHandler;
import io.p2pboot.libp2p.pubsub.TopicMessage;

/**
 * Hands the messages of a queue to a handler, one after the other, without a thread while
 * there are none. Any thread.
 */
final class HandledMessages {

	private final SubscriptionQueue queue;

	private final TopicHandler handler;

	private final Executor executor;

	private final EventLog log;

	/** Runs something in a while. */
	private final Consumer<Runnable> again;

	private final AtomicBoolean running = new AtomicBoolean();

	HandledMessages(SubscriptionQueue queue, TopicHandler handler, Executor executor, EventLog log,
			Consumer<Runnable> again) {
		this.queue = queue;
		this.handler = handler;
		this.executor = executor;
		this.log = log;
		this.again = again;
	}

	/** There is a message. */
	void wake() {
		if (this.running.compareAndSet(false, true)) {
			start();
		}
	}

	private void start() {
		AtomicBoolean decided = new AtomicBoolean();
		try {
			this.executor.execute(() -> {
				if (decided.compareAndSet(false, true)) {
					run();
				}
			});
		}
		catch (Throwable ex) {
			// An error too: where no thread can be had messages must not wait for ever.
			if (!decided.compareAndSet(false, true)) {
				throw ex;
			}
			this.log.warn("pubsub.handler", "No thread to handle the messages of '{}', trying again: {}",
					this.queue.topic(), ex);
			this.again.accept(this::start);
		}
	}

	private void run() {
		for (TopicMessage message = this.queue.poll(); message != null; message = this.queue.poll()) {
			try {
				this.handler.handle(message);
			}
			catch (Throwable ex) {
				// An error too: the next message must not wait for ever.
				this.log.warn("pubsub.handler", "The handler of topic '{}' failed: {}", this.queue.topic(), ex);
			}
		}
		this.running.set(false);
		if (!this.queue.isEmpty()) {
			wake();
		}
	}

}

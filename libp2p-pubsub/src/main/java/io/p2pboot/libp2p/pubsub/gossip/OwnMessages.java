package io.p2pboot.libp2p.pubsub.gossip;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;

import io.p2pboot.libp2p.pubsub.Outgoing;
import io.p2pboot.libp2p.pubsub.PubSubConfig;
import io.p2pboot.libp2p.pubsub.PubSubLimits;
import io.p2pboot.libp2p.pubsub.PublishFailed;
import io.p2pboot.libp2p.pubsub.PublishOptions;
import io.p2pboot.libp2p.pubsub.PublishResult;
import io.p2pboot.libp2p.pubsub.Validation;
import org.jspecify.annotations.Nullable;

/**
 * The way of own messages to the router: peers, signature, validators. What is on it is
 * bounded in messages and in bytes. Any thread.
 */
final class OwnMessages {

	/** How many messages or batches wait for a signature at once. */
	static final int MAX_SIGNING = 1024;

	/** What a message costs beside its data. */
	static final int COST = 1024;

	private final Way way;

	private final PubSubConfig config;

	private final MessageFactory messages;

	private final KeyedHash hash;

	private final Validators validators;

	private final SerialLane signing;

	private final AtomicLong bytes = new AtomicLong();

	OwnMessages(Way way, PubSubConfig config, MessageFactory messages, KeyedHash hash, Validators validators,
			Executor executor) {
		this.way = way;
		this.config = config;
		this.messages = messages;
		this.hash = hash;
		this.validators = validators;
		this.signing = new SerialLane(executor, MAX_SIGNING);
	}

	/** What there is on the way. */
	interface Way {

		boolean isClosed();

		/** Completes with how many peers are subscribed: enough, or those at the end. */
		CompletableFuture<Integer> awaitPeers(String topic, int count, long nanos);

		/**
		 * Gives the router an event, on its thread.
		 * @throws RejectedExecutionException after the end
		 */
		void onRouter(RouterEvent event, CompletableFuture<?> result);

	}

	/** Publishes a message. */
	CompletableFuture<PublishResult> publish(String topic, ByteBuffer data, PublishOptions options) {
		CompletableFuture<PublishResult> result = new CompletableFuture<>();
		// One that is alone has room whatever it costs.
		long cost = Math.min(cost(data), this.config.limits().totalQueueBytes());
		if (refused(topic, data, result) || !reserve(topic, cost, result)) {
			return result;
		}
		ByteBuffer copy = copy(data);
		if (options.atLeast() == 0) {
			sign(topic, result, () -> publishNow(topic, copy, options, result));
			return result;
		}
		this.way.awaitPeers(topic, options.atLeast(), options.within().toNanos()).thenAccept((there) -> {
			if (there < options.atLeast()) {
				result.completeExceptionally(new PublishFailed.NoPeers(topic, there, options.atLeast()));
			}
			else {
				sign(topic, result, () -> publishNow(topic, copy, options, result));
			}
		});
		return result;
	}

	/** Publishes messages that belong together. */
	CompletableFuture<List<PublishResult>> publish(List<Outgoing> batch) {
		CompletableFuture<List<PublishResult>> result = new CompletableFuture<>();
		if (batch.isEmpty()) {
			result.complete(List.of());
			return result;
		}
		String topic = batch.get(0).topic();
		if (batch.size() > PubSubLimits.MAX_BATCH_MESSAGES) {
			result.completeExceptionally(new PublishFailed.Overloaded(topic, PubSubLimits.MAX_BATCH_MESSAGES));
			return result;
		}
		long cost = 0;
		for (Outgoing each : batch) {
			if (refused(each.topic(), each.data(), result)) {
				return result;
			}
			cost += cost(each.data());
		}
		if (reserve(topic, cost, result)) {
			List<Outgoing> copies = batch.stream()
				.map((each) -> new Outgoing(each.topic(), copy(each.data())))
				.toList();
			sign(topic, result, () -> publishNow(copies, result));
		}
		return result;
	}

	private boolean refused(String topic, ByteBuffer data, CompletableFuture<?> result) {
		int maximum = this.config.limits().maxMessageBytes();
		if (this.way.isClosed()) {
			result.completeExceptionally(new PublishFailed.Closed(topic));
		}
		else if (data.remaining() > maximum) {
			result.completeExceptionally(new PublishFailed.TooLarge(topic, data.remaining(), maximum));
		}
		return result.isDone();
	}

	private static long cost(ByteBuffer data) {
		return (long) data.remaining() + COST;
	}

	/** Reserves bytes until the result is there. */
	private boolean reserve(String topic, long cost, CompletableFuture<?> result) {
		long maximum = this.config.limits().totalQueueBytes();
		if (this.bytes.addAndGet(cost) > maximum) {
			this.bytes.addAndGet(-cost);
			result.completeExceptionally(new PublishFailed.Overloaded(topic, maximum));
			return false;
		}
		result.whenComplete((done, failure) -> this.bytes.addAndGet(-cost));
		return true;
	}

	private static ByteBuffer copy(ByteBuffer data) {
		return ByteBuffer.allocate(data.remaining()).put(data).flip();
	}

	private void sign(String topic, CompletableFuture<?> result, Runnable work) {
		SerialLane.Task task = new SerialLane.Task() {

			@Override
			public void run(SerialLane.Runner runner) {
				try {
					work.run();
				}
				catch (RuntimeException ex) {
					result.completeExceptionally(ex);
				}
			}

			@Override
			public void refused() {
				result.completeExceptionally(OwnMessages.this.way.isClosed() ? new PublishFailed.Closed(topic)
						: new PublishFailed.Overloaded(topic, MAX_SIGNING));
			}

		};
		if (!this.signing.offer(task)) {
			task.refused();
		}
	}

	private void publishNow(String topic, ByteBuffer data, PublishOptions options,
			CompletableFuture<PublishResult> result) {
		RoutedMessage message = create(topic, data, result);
		if (message == null) {
			return;
		}
		this.validators.check(message.message()).thenAccept((verdict) -> {
			if (isAccepted(message, verdict, result)) {
				send(topic,
						new RouterEvent.Publish(message, options.flood(),
								(outcome) -> outcome.ifPresentOrElse((sent) -> result.complete(told(message, outcome)),
										() -> result.completeExceptionally(new PublishFailed.Duplicate(topic)))),
						result);
			}
		});
	}

	private void publishNow(List<Outgoing> batch, CompletableFuture<List<PublishResult>> result) {
		List<RoutedMessage> created = new ArrayList<>();
		for (Outgoing each : batch) {
			RoutedMessage message = create(each.topic(), each.data(), result);
			if (message == null) {
				return;
			}
			created.add(message);
		}
		validate(created, 0, result);
	}

	/** Creates a message; null if it has become too long. */
	private @Nullable RoutedMessage create(String topic, ByteBuffer data, CompletableFuture<?> result) {
		RoutedMessage message = this.messages.create(topic, data, this.hash);
		int maximum = this.config.limits().maxMessageBytes();
		int frame = FieldWriter.sizeOf(Rpc.PUBLISH, message.length());
		if (frame > maximum) {
			result.completeExceptionally(new PublishFailed.TooLarge(topic, frame, maximum));
			return null;
		}
		return message;
	}

	private void validate(List<RoutedMessage> batch, int first, CompletableFuture<List<PublishResult>> result) {
		for (int index = first; index < batch.size(); index++) {
			RoutedMessage message = batch.get(index);
			CompletableFuture<Validators.Verdict> verdict = this.validators.check(message.message());
			if (!verdict.isDone()) {
				int next = index + 1;
				verdict.thenAccept((said) -> {
					if (isAccepted(message, said, result)) {
						validate(batch, next, result);
					}
				});
				return;
			}
			if (!isAccepted(message, verdict.join(), result)) {
				return;
			}
		}
		send(batch.get(0).topic(), new RouterEvent.PublishBatch(batch, (outcomes) -> {
			List<PublishResult> told = new ArrayList<>();
			for (int index = 0; index < batch.size(); index++) {
				told.add(told(batch.get(index), outcomes.get(index)));
			}
			result.complete(told);
		}), result);
	}

	private static boolean isAccepted(RoutedMessage message, Validators.Verdict verdict, CompletableFuture<?> result) {
		if (verdict.validation() == Validation.ACCEPT) {
			return true;
		}
		result.completeExceptionally(new PublishFailed.Rejected(message.topic(), verdict.validation()));
		return false;
	}

	private void send(String topic, RouterEvent event, CompletableFuture<?> result) {
		try {
			this.way.onRouter(event, result);
		}
		catch (RejectedExecutionException ex) {
			result.completeExceptionally(new PublishFailed.Closed(topic));
		}
	}

	private static PublishResult told(RoutedMessage message, Optional<Publishing.Outcome> outcome) {
		return new PublishResult(message.message().id(), outcome.map(Publishing.Outcome::peers).orElse(0),
				outcome.map(Publishing.Outcome::dropped).orElse(0));
	}

}

package io.p2pboot.libp2p.pubsub.gossip;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.p2pboot.libp2p.pubsub.AsyncTopicValidator;
import io.p2pboot.libp2p.pubsub.PubSubObserver;
import io.p2pboot.libp2p.pubsub.RejectReason;
import io.p2pboot.libp2p.pubsub.TopicMessage;
import io.p2pboot.libp2p.pubsub.TopicValidator;
import io.p2pboot.libp2p.pubsub.Validation;
import io.p2pboot.libp2p.pubsub.ValidatorOptions;

/**
 * The validators of each topic. Those that answer at once see a topic's messages one
 * after the other and in order. Any thread.
 */
final class Validators {

	/** How many messages of a topic wait for its validators. */
	static final int MAX_WAITING = 8192;

	private final Executor executor;

	private final PubSubObserver observer;

	private final Map<String, Topic> topics = new ConcurrentHashMap<>();

	Validators(Executor executor, PubSubObserver observer) {
		this.executor = executor;
		this.observer = observer;
	}

	/** Adds a validator; run it to remove it. */
	Runnable add(String topic, TopicValidator validator, ValidatorOptions options) {
		return addAsync(topic, (message) -> {
			try {
				return CompletableFuture.completedStage(validator.check(message));
			}
			catch (Exception ex) {
				return CompletableFuture.failedStage(ex);
			}
		}, options);
	}

	/** Adds a validator that answers later; run it to remove it. */
	Runnable addAsync(String topic, AsyncTopicValidator validator, ValidatorOptions options) {
		Entry entry = new Entry(validator, options, new AtomicInteger());
		this.topics.compute(topic, (name, known) -> {
			Topic state = (known != null) ? known
					: new Topic(new SerialLane(this.executor, MAX_WAITING), new CopyOnWriteArrayList<>());
			state.entries().add(entry);
			return state;
		});
		return () -> this.topics.computeIfPresent(topic, (name, state) -> {
			state.entries().remove(entry);
			return state.entries().isEmpty() ? null : state;
		});
	}

	boolean has(String topic) {
		return this.topics.containsKey(topic);
	}

	/** Asks every validator of the topic. Never fails. */
	CompletableFuture<Verdict> check(TopicMessage message) {
		Topic topic = this.topics.get(message.topic());
		CompletableFuture<Verdict> verdict = new CompletableFuture<>();
		if (topic == null) {
			verdict.complete(Verdict.ACCEPTED);
		}
		else if (!topic.lane().offer(() -> run(topic.entries(), 0, message, verdict))) {
			verdict.complete(new Verdict(Validation.IGNORE, RejectReason.THROTTLED));
		}
		return verdict;
	}

	private void run(List<Entry> entries, int index, TopicMessage message, CompletableFuture<Verdict> verdict) {
		if (index >= entries.size()) {
			verdict.complete(Verdict.ACCEPTED);
			return;
		}
		Entry entry = entries.get(index);
		if (entry.inFlight().incrementAndGet() > entry.options().maxInFlight()) {
			entry.inFlight().decrementAndGet();
			verdict.complete(new Verdict(Validation.IGNORE, RejectReason.THROTTLED));
			return;
		}
		ask(entry, message).whenComplete((said, failure) -> {
			entry.inFlight().decrementAndGet();
			if (failure != null) {
				this.observer.validatorFailed(message.topic(), failure);
				verdict.complete(new Verdict(Validation.IGNORE, RejectReason.IGNORED));
			}
			else if (said == Validation.ACCEPT) {
				run(entries, index + 1, message, verdict);
			}
			else {
				verdict.complete(
						new Verdict(said, (said == Validation.REJECT) ? RejectReason.FAILED : RejectReason.IGNORED));
			}
		});
	}

	private static CompletableFuture<Validation> ask(Entry entry, TopicMessage message) {
		CompletableFuture<Validation> answer;
		try {
			CompletionStage<Validation> stage = entry.validator().check(message);
			answer = stage.toCompletableFuture().thenApply(Validators::present);
		}
		catch (RuntimeException ex) {
			return CompletableFuture.failedFuture(ex);
		}
		return answer.isDone() ? answer : answer.orTimeout(entry.options().timeout().toNanos(), TimeUnit.NANOSECONDS);
	}

	private static Validation present(Validation validation) {
		return java.util.Objects.requireNonNull(validation, "A validator answered null");
	}

	/**
	 * What the validators said.
	 *
	 * @param validation the decision
	 * @param reason why, if it is not accepted
	 */
	record Verdict(Validation validation, RejectReason reason) {

		private static final Verdict ACCEPTED = new Verdict(Validation.ACCEPT, RejectReason.IGNORED);

	}

	/**
	 * A topic with validators.
	 *
	 * @param lane where they run
	 * @param entries the validators
	 */
	private record Topic(SerialLane lane, List<Entry> entries) {
	}

	/**
	 * A validator.
	 *
	 * @param validator the validator
	 * @param options how it is run
	 * @param inFlight how many messages it is deciding about
	 */
	private record Entry(AsyncTopicValidator validator, ValidatorOptions options, AtomicInteger inFlight) {
	}

}

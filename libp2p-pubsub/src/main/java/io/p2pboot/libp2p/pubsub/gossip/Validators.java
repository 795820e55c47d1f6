package io.p2pboot.libp2p.pubsub.gossip;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

import io.netty.util.concurrent.EventExecutor;
import io.p2pboot.libp2p.pubsub.AsyncTopicValidator;
import io.p2pboot.libp2p.pubsub.PubSubObserver;
import io.p2pboot.libp2p.pubsub.RejectReason;
import io.p2pboot.libp2p.pubsub.TopicMessage;
import io.p2pboot.libp2p.pubsub.TopicValidator;
import io.p2pboot.libp2p.pubsub.Validation;
import io.p2pboot.libp2p.pubsub.ValidatorOptions;
import org.jspecify.annotations.Nullable;

/**
 * The validators of each topic. Those that answer at once see a topic's messages one
 * after the other and in order; one that hangs is left behind once its time is up, and
 * the messages after it are shown to it on another thread. Any thread.
 */
final class Validators {

	/** How many messages of a topic wait for its validators. */
	static final int MAX_WAITING = 8192;

	private final Executor executor;

	private final EventExecutor timer;

	private final PubSubObserver observer;

	private final Map<String, Topic> topics = new ConcurrentHashMap<>();

	Validators(Executor executor, EventExecutor timer, PubSubObserver observer) {
		this.executor = executor;
		this.timer = timer;
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
			Topic state = (known != null) ? known : new Topic(new SerialLane(this.executor, MAX_WAITING),
					new CallWatch(this.timer), new CopyOnWriteArrayList<>());
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
			return verdict;
		}
		offer(new Check(topic, List.copyOf(topic.entries()), message, verdict), 0);
		return verdict;
	}

	private void offer(Check check, int index) {
		SerialLane.Task task = new SerialLane.Task() {

			@Override
			public void run(SerialLane.Runner runner) {
				ask(check, index, runner);
			}

			@Override
			public void refused() {
				check.verdict().complete(Verdict.THROTTLED);
			}

		};
		if (!check.topic().lane().offer(task)) {
			task.refused();
		}
	}

	/** Asks one validator after the other, as long as they answer at once. */
	private void ask(Check check, int first, SerialLane.Runner runner) {
		for (int index = first; index < check.entries().size(); index++) {
			Entry entry = check.entries().get(index);
			if (entry.inFlight().incrementAndGet() > entry.options().maxInFlight()) {
				entry.inFlight().decrementAndGet();
				check.verdict().complete(Verdict.THROTTLED);
				return;
			}
			CompletableFuture<Validation> answer = call(check, entry, runner);
			if (answer == null) {
				return;
			}
			if (!answer.isDone()) {
				int next = index + 1;
				answer.orTimeout(entry.options().timeout().toNanos(), TimeUnit.NANOSECONDS)
					.whenComplete((said, failure) -> {
						if (settle(check, entry, said, failure)) {
							offer(check, next);
						}
					});
				return;
			}
			if (!settleNow(check, entry, answer)) {
				return;
			}
		}
		check.verdict().complete(Verdict.ACCEPTED);
	}

	private boolean settleNow(Check check, Entry entry, CompletableFuture<Validation> answer) {
		try {
			return settle(check, entry, answer.join(), null);
		}
		catch (CompletionException | CancellationException ex) {
			return settle(check, entry, null, (ex.getCause() != null) ? ex.getCause() : ex);
		}
	}

	/** Calls a validator; null if it hung, and was left behind. */
	private @Nullable CompletableFuture<Validation> call(Check check, Entry entry, SerialLane.Runner runner) {
		CallWatch.Call call = check.topic().watch().begin(entry.options().timeout().toNanos(), () -> {
			settle(check, entry, null, new TimeoutException("A validator of '" + check.message().topic()
					+ "' has not answered within " + entry.options().timeout()));
			runner.abandon();
		});
		CompletableFuture<Validation> answer;
		try {
			answer = entry.validator().check(check.message()).toCompletableFuture().thenApply(Validators::present);
		}
		catch (Throwable ex) {
			// An error too: a lane that ends here would never answer again.
			answer = CompletableFuture.failedFuture(ex);
		}
		return call.end() ? answer : null;
	}

	/** Takes an answer; whether the next validator is to be asked. */
	private boolean settle(Check check, Entry entry, @Nullable Validation said, @Nullable Throwable failure) {
		entry.inFlight().decrementAndGet();
		if (said == null || failure != null) {
			this.observer.validatorFailed(check.message().topic(),
					(failure != null) ? failure : new IllegalStateException("No answer"));
			check.verdict().complete(new Verdict(Validation.IGNORE, RejectReason.IGNORED));
			return false;
		}
		if (said == Validation.ACCEPT) {
			return true;
		}
		check.verdict()
			.complete(new Verdict(said, (said == Validation.REJECT) ? RejectReason.FAILED : RejectReason.IGNORED));
		return false;
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

		private static final Verdict THROTTLED = new Verdict(Validation.IGNORE, RejectReason.THROTTLED);

	}

	/**
	 * A topic with validators.
	 *
	 * @param lane where they run
	 * @param watch gives up those that hang
	 * @param entries the validators
	 */
	private record Topic(SerialLane lane, CallWatch watch, List<Entry> entries) {
	}

	/**
	 * A message that is decided about.
	 *
	 * @param topic where
	 * @param entries by whom
	 * @param message the message
	 * @param verdict takes the decision
	 */
	private record Check(Topic topic, List<Entry> entries, TopicMessage message, CompletableFuture<Verdict> verdict) {
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

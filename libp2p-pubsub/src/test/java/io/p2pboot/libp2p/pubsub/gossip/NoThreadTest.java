package io.p2pboot.libp2p.pubsub.gossip;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

import io.p2pboot.libp2p.eventlog.EventLog;
import io.p2pboot.libp2p.pubsub.Overflow;
import io.p2pboot.libp2p.pubsub.PubSubObserver;
import io.p2pboot.libp2p.pubsub.SubscribeOptions;
import io.p2pboot.libp2p.pubsub.TopicMessage;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An executor that has no thread now, and one later.
 */
class NoThreadTest {

	private final List<Object> done = new ArrayList<>();

	private final Deque<Runnable> again = new ArrayDeque<>();

	static List<Throwable> failures() {
		return List.of(new RejectedExecutionException("full"), new OutOfMemoryError("unable to create native thread"),
				new IllegalStateException("a thread factory"));
	}

	/** Fails once, and runs what comes next. */
	private static Executor failing(Throwable failure) {
		Deque<Throwable> failures = new ArrayDeque<>(List.of(failure));
		return (task) -> {
			Throwable next = failures.poll();
			if (next instanceof Error error) {
				throw error;
			}
			if (next instanceof RuntimeException exception) {
				throw exception;
			}
			task.run();
		};
	}

	@ParameterizedTest
	@MethodSource("failures")
	void aMessageIsHandledOnceThereIsAThread(Throwable failure) {
		SubscriptionQueue queue = new SubscriptionQueue("t", new SubscribeOptions(3, 100, Overflow.DROP_OLDEST),
				new PubSubObserver() {
				}, (closed) -> {
				});
		HandledMessages handled = new HandledMessages(queue, this.done::add, failing(failure),
				new EventLog(LoggerFactory.getLogger(NoThreadTest.class)), this.again::add);
		queue.offer(new TopicMessage("t", ByteBuffer.allocate(1), ByteBuffer.allocate(4), Optional.empty(),
				Optional.empty(), SimNetwork.peerId(1), false), 1);
		handled.wake();
		assertThat(this.done).isEmpty();
		assertThat(this.again).hasSize(1);
		this.again.remove().run();
		assertThat(this.done).hasSize(1);
		assertThat(this.again).isEmpty();
	}

	@ParameterizedTest
	@MethodSource("failures")
	void aLaneRefusesWhatItHasNoThreadForAndTakesTheNext(Throwable failure) {
		SerialLane lane = new SerialLane(failing(failure), 2);
		assertThat(lane.offer(new Noted())).isFalse();
		assertThat(this.done).isEmpty();
		Noted next = new Noted();
		assertThat(lane.offer(next)).isTrue();
		assertThat(this.done).containsExactly(next);
	}

	/** Notes that it was done. */
	private final class Noted implements SerialLane.Task {

		@Override
		public void run(SerialLane.Runner runner) {
			NoThreadTest.this.done.add(this);
		}

		@Override
		public void refused() {
			NoThreadTest.this.done.add("refused");
		}

	}

}

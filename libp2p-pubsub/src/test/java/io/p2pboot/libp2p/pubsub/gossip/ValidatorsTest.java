package io.p2pboot.libp2p.pubsub.gossip;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import io.netty.util.concurrent.DefaultEventExecutor;
import io.netty.util.concurrent.EventExecutor;
import io.p2pboot.libp2p.pubsub.PubSubObserver;
import io.p2pboot.libp2p.pubsub.RejectReason;
import io.p2pboot.libp2p.pubsub.TopicMessage;
import io.p2pboot.libp2p.pubsub.Validation;
import io.p2pboot.libp2p.pubsub.ValidatorOptions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

@Timeout(60)
class ValidatorsTest {

	private static final String TOPIC = "t";

	private static final ValidatorOptions SHORT = new ValidatorOptions(100, Duration.ofMillis(20));

	private static final ValidatorOptions LONG = new ValidatorOptions(100, Duration.ofMinutes(5));

	private final ExecutorService threads = Executors.newCachedThreadPool();

	private final EventExecutor timer = new DefaultEventExecutor();

	private final List<Throwable> failures = new CopyOnWriteArrayList<>();

	private final CountDownLatch release = new CountDownLatch(1);

	private final Validators validators = new Validators(this.threads, this.timer, new PubSubObserver() {

		@Override
		public void validatorFailed(String topic, Throwable failure) {
			ValidatorsTest.this.failures.add(failure);
		}

	});

	@AfterEach
	void end() {
		this.release.countDown();
		this.threads.shutdown();
		this.timer.shutdownGracefully(0, 0, TimeUnit.SECONDS).syncUninterruptibly();
	}

	private static TopicMessage message(String text) {
		return new TopicMessage(TOPIC, ByteBuffer.wrap(text.getBytes(java.nio.charset.StandardCharsets.UTF_8)),
				ByteBuffer.wrap(new byte[] { 1 }), Optional.empty(), Optional.empty(), SimNetwork.peerId(1), false);
	}

	private static String text(TopicMessage message) {
		return java.nio.charset.StandardCharsets.UTF_8.decode(message.data()).toString();
	}

	private Validators.Verdict check(String text) throws Exception {
		return this.validators.check(message(text)).get(30, TimeUnit.SECONDS);
	}

	/** Hangs, whatever interrupts it. */
	private Validation hang() {
		while (true) {
			try {
				this.release.await();
				return Validation.ACCEPT;
			}
			catch (InterruptedException ex) {
				// It does not heed it.
			}
		}
	}

	@Test
	void oneThatHangsIsAnIgnoreAndTheNextMessageIsDecidedAbout() throws Exception {
		this.validators.add(TOPIC, (message) -> text(message).equals("hang") ? hang() : Validation.ACCEPT, SHORT);
		assertThat(check("hang").validation()).isEqualTo(Validation.IGNORE);
		assertThat(check("next").validation()).isEqualTo(Validation.ACCEPT);
		assertThat(this.failures).singleElement().isInstanceOf(TimeoutException.class);
	}

	@Test
	void oneThatHeedsItsInterruptIsToldToStop() throws Exception {
		CountDownLatch interrupted = new CountDownLatch(1);
		this.validators.add(TOPIC, (message) -> {
			try {
				this.release.await();
			}
			catch (InterruptedException ex) {
				interrupted.countDown();
			}
			return Validation.ACCEPT;
		}, SHORT);
		assertThat(check("hang").validation()).isEqualTo(Validation.IGNORE);
		assertThat(interrupted.await(30, TimeUnit.SECONDS)).isTrue();
	}

	@Test
	void fourThreadsMayHangThenTheRestIsRefusedUntilOneIsBack() throws Exception {
		this.validators.add(TOPIC, (message) -> text(message).equals("hang") ? hang() : Validation.ACCEPT, SHORT);
		for (int count = 0; count < SerialLane.MAX_HANGING - 1; count++) {
			check("hang");
		}
		assertThat(check("at the bound").validation()).isEqualTo(Validation.ACCEPT);
		CompletableFuture<Validators.Verdict> last = this.validators.check(message("hang"));
		CompletableFuture<Validators.Verdict> behind = this.validators.check(message("behind"));
		assertThat(last.get(30, TimeUnit.SECONDS).reason()).isEqualTo(RejectReason.IGNORED);
		assertThat(behind.get(30, TimeUnit.SECONDS).reason()).isEqualTo(RejectReason.THROTTLED);
		assertThat(check("one past it").reason()).isEqualTo(RejectReason.THROTTLED);
		this.release.countDown();
		Validators.Verdict verdict = check("back");
		while (verdict.reason() == RejectReason.THROTTLED) {
			Thread.onSpinWait();
			verdict = check("back");
		}
		assertThat(verdict.validation()).isEqualTo(Validation.ACCEPT);
	}

	@Test
	void anErrorIsAnIgnoreAndEndsNothing() throws Exception {
		this.validators.add(TOPIC, (message) -> {
			if (text(message).equals("bad")) {
				throw new StackOverflowError("too deep");
			}
			return Validation.ACCEPT;
		}, LONG);
		assertThat(check("bad").validation()).isEqualTo(Validation.IGNORE);
		assertThat(check("good").validation()).isEqualTo(Validation.ACCEPT);
	}

	@Test
	void whatFollowsAValidatorThatAnswersLaterRunsOnThreadsOfTheExecutor() throws Exception {
		CompletableFuture<Validation> answer = new CompletableFuture<>();
		List<Thread> asked = new ArrayList<>();
		this.validators.addAsync(TOPIC, (message) -> answer, LONG);
		this.validators.add(TOPIC, (message) -> {
			asked.add(Thread.currentThread());
			return Validation.REJECT;
		}, LONG);
		CompletableFuture<Validators.Verdict> verdict = this.validators.check(message("x"));
		this.timer.execute(() -> answer.complete(Validation.ACCEPT));
		assertThat(verdict.get(30, TimeUnit.SECONDS).reason()).isEqualTo(RejectReason.FAILED);
		assertThat(asked).singleElement().satisfies((thread) -> assertThat(this.timer.inEventLoop(thread)).isFalse());
	}

	@Test
	void messagesThatFindNoThreadAreAnsweredAllTheSame() throws Exception {
		Validators refused = new Validators((task) -> {
			throw new RejectedExecutionException("full");
		}, this.timer, PubSubObserver.NONE);
		refused.add(TOPIC, (message) -> Validation.ACCEPT, LONG);
		for (int count = 0; count < 2; count++) {
			assertThat(refused.check(message("x")).get(30, TimeUnit.SECONDS).reason())
				.isEqualTo(RejectReason.THROTTLED);
		}
	}

	@Test
	void eightThousandMessagesWaitForAValidatorAndNoMore() throws Exception {
		CountDownLatch begun = new CountDownLatch(1);
		this.validators.add(TOPIC, (message) -> {
			begun.countDown();
			return hang();
		}, LONG);
		this.validators.check(message("first"));
		begun.await();
		CompletableFuture<Validators.Verdict> waiting = null;
		for (int count = 0; count < Validators.MAX_WAITING; count++) {
			waiting = this.validators.check(message("x"));
		}
		assertThat(waiting).isNotDone();
		assertThat(this.validators.check(message("past")).get(30, TimeUnit.SECONDS).reason())
			.isEqualTo(RejectReason.THROTTLED);
		this.release.countDown();
		assertThat(waiting.get(30, TimeUnit.SECONDS).validation()).isEqualTo(Validation.ACCEPT);
	}

}

package io.p2pboot.libp2p.netty;

import java.io.InterruptedIOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

import io.netty.util.concurrent.DefaultEventExecutor;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.RejectedExecutionHandlers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Handing over to executors that may have ended.
 */
@Timeout(20)
class FuturesTest {

	@Test
	void aTaskRunsUntilItsExecutorHasEndedAndIsDroppedThen() throws Exception {
		EventExecutor executor = new DefaultEventExecutor();
		CountDownLatch ran = new CountDownLatch(1);
		assertThat(Futures.execute(executor, ran::countDown)).isTrue();
		ran.await();
		executor.shutdownGracefully(0, 0, TimeUnit.SECONDS).await();
		assertThat(Futures.execute(executor, () -> {
			throw new AssertionError("run after the end");
		})).isFalse();
		assertThat(executor.isTerminated()).isTrue();
	}

	@Test
	void anInterruptThatComesWithTheResultLosesNone() throws Exception {
		Promise<String> done = ImmediateEventExecutor.INSTANCE.newPromise();
		done.setSuccess("a stream");
		Thread.currentThread().interrupt();
		assertThat(Futures.await(done, "open")).isEqualTo("a stream");
		assertThat(Thread.interrupted()).isTrue();
	}

	@Test
	void anInterruptCancelsWhatIsNotThereYet() {
		Promise<String> pending = ImmediateEventExecutor.INSTANCE.newPromise();
		Thread.currentThread().interrupt();
		assertThatExceptionOfType(InterruptedIOException.class).isThrownBy(() -> Futures.await(pending, "open"));
		assertThat(Thread.interrupted()).isTrue();
		assertThat(pending.isCancelled()).isTrue();
	}

	@Test
	void anExecutorThatIsFullIsNoExecutorThatHasEnded() throws Exception {
		DefaultEventExecutor full = new DefaultEventExecutor(null, new DefaultThreadFactory("full"), 16,
				RejectedExecutionHandlers.reject());
		CountDownLatch held = new CountDownLatch(1);
		try {
			assertThatExceptionOfType(RejectedExecutionException.class).isThrownBy(() -> {
				for (int i = 0; i < 64; i++) {
					Futures.execute(full, () -> {
						try {
							held.await();
						}
						catch (InterruptedException ex) {
							Thread.currentThread().interrupt();
						}
					});
				}
			});
		}
		finally {
			held.countDown();
			full.shutdownGracefully(0, 0, TimeUnit.SECONDS);
		}
	}

}

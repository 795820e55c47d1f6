package io.p2pboot.libp2p.protocol.datagram;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class AnswerTimeTest {

	private final EmbeddedChannel channel = new EmbeddedChannel();

	private final AtomicInteger ends = new AtomicInteger();

	private final AnswerTime time = new AnswerTime(this.channel.eventLoop(), this.ends::incrementAndGet);

	private void pass(long millis) {
		this.channel.freezeTime();
		this.channel.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
		this.channel.runScheduledPendingTasks();
	}

	@Test
	void aFlowWithoutAnswersEndsAfterTheTime() {
		this.time.begin();
		pass(AnswerTime.PATIENCE.toMillis() - 1);
		assertThat(this.ends).hasValue(0);
		pass(1);
		assertThat(this.ends).hasValue(1);
	}

	@Test
	void eachAnswerGivesTheNextOneItsTime() {
		this.time.begin();
		for (int i = 0; i < 5; i++) {
			pass(AnswerTime.PATIENCE.toMillis() - 1);
			this.time.used();
		}
		assertThat(this.ends).hasValue(0);
		pass(AnswerTime.PATIENCE.toMillis());
		assertThat(this.ends).hasValue(1);
	}

	@Test
	void aFlowThatHasEndedIsLeftAlone() {
		this.time.begin();
		this.time.stop();
		pass(AnswerTime.PATIENCE.toMillis() * 2);
		assertThat(this.ends).hasValue(0);
	}

}

package io.p2pboot.libp2p.transport.quic;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class LossWatchTest {

	private static final long SECOND = 1_000_000_000;

	private final LossWatch watch = new LossWatch(0);

	@Test
	void aPathThatSwallowsNearlyEverythingIsGivenUpAfterTheTimeAndNotBefore() {
		long patience = LossWatch.PATIENCE.toSeconds();
		for (long second = 1; second < patience; second++) {
			assertThat(this.watch.look(second * 100_000, second * 90_000, second, second * SECOND)).isFalse();
		}
		assertThat(this.watch.look(patience * 100_000, patience * 90_000, patience, patience * SECOND)).isTrue();
	}

	@Test
	void aPathWithoutAcknowledgementsIsGivenUpThoughNothingIsTakenForLost() {
		assertThat(this.watch.look(1_000_000, 0, 7, 0)).isFalse();
		boolean givenUp = false;
		// Probes of two packets, ever more seldom.
		long sent = 1_000_000;
		for (long millis = 200; millis < 30_000 && !givenUp; millis *= 2) {
			sent += 2 * 1400;
			givenUp = this.watch.look(sent, 0, 7, millis * SECOND / 1000);
		}
		assertThat(givenUp).isTrue();
	}

	@Test
	void aPathThatLosesMuchIsKept() {
		for (long second = 1; second < 1000; second++) {
			assertThat(this.watch.look(second * 100_000, second * 79_000, second, second * SECOND)).isFalse();
		}
	}

	@Test
	void whatComesThroughBeginsTheTimeAnew() {
		long sent = 0;
		long lost = 0;
		for (long second = 1; second < 100; second++) {
			sent += 100_000;
			lost += (second % 14 == 0) ? 0 : 100_000;
			assertThat(this.watch.look(sent, lost, second, second * SECOND)).isFalse();
		}
	}

	@Test
	void littleSaysNothing() {
		assertThat(this.watch.look(LossWatch.MIN_BYTES - 1, LossWatch.MIN_BYTES - 1, 1, 1000 * SECOND)).isFalse();
	}

	@Test
	void aConnectionThatWasIdleForLongBeginsAnew() {
		assertThat(this.watch.look(100_000, 0, 7, SECOND)).isFalse();
		assertThat(this.watch.look(200_000, 0, 7, 1000 * SECOND)).isFalse();
	}

}

package io.p2pboot.libp2p.transport.quic;

import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class LoneFinTest {

	private static final long WINDOW = 100_000;

	private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);

	private static final long ACKNOWLEDGED = LoneFin.MAX_ACK_DELAY_NANOS + LoneFin.ROUND_TRIPS * MILLI;

	private final LoneFin fin = new LoneFin();

	@Test
	void aQuietConnectionSendsItAtOnce() {
		assertThat(wait(0, WINDOW, 0, 0)).isZero();
		assertThat(wait(0, WINDOW - LoneFin.BURST_BYTES, 0, 0)).isZero();
	}

	@Test
	void aLossMakesItWaitForTheAckOfTheData() {
		assertThat(wait(1, WINDOW, 0, MILLI)).isEqualTo(ACKNOWLEDGED);
		assertThat(wait(1, WINDOW, 5 * MILLI, MILLI)).isEqualTo(ACKNOWLEDGED - 5 * MILLI);
		assertThat(wait(1, WINDOW, ACKNOWLEDGED + 1, MILLI)).isZero();
	}

	@Test
	void theTimeInWhichNoPacketWasReadDoesNotCount() {
		long sent = 100 * MILLI;
		assertThat(this.fin.waitNanos(1, WINDOW, WINDOW, MILLI, sent, 90 * MILLI, 500 * MILLI)).isEqualTo(ACKNOWLEDGED);
		assertThat(this.fin.waitNanos(1, WINDOW, WINDOW, MILLI, sent, 110 * MILLI, 500 * MILLI))
			.isEqualTo(ACKNOWLEDGED - 10 * MILLI);
	}

	@Test
	void aLossIsForgottenAfterAWhile() {
		assertThat(wait(1, WINDOW, 0, 0)).isPositive();
		assertThat(wait(1, WINDOW, 0, LoneFin.RECENT_NANOS - 1)).isPositive();
		assertThat(wait(1, WINDOW, 0, LoneFin.RECENT_NANOS)).isZero();
		assertThat(wait(2, WINDOW, 0, LoneFin.RECENT_NANOS)).isPositive();
	}

	@Test
	void muchOnItsWayMakesItWait() {
		assertThat(wait(0, WINDOW - LoneFin.BURST_BYTES - 1, 0, 0)).isEqualTo(ACKNOWLEDGED);
	}

	@Test
	void aWindowHalfUsedMakesItWait() {
		assertThat(this.fin.waitNanos(0, 12_000, 6_000, MILLI, 0, 0, 0)).isZero();
		assertThat(this.fin.waitNanos(0, 12_000, 5_999, MILLI, 0, 0, 0)).isEqualTo(ACKNOWLEDGED);
	}

	@Test
	void manyAtOnceMakeTheNextOnesWait() {
		for (int i = 0; i < LoneFin.BURST_FINS; i++) {
			assertThat(wait(0, WINDOW, 0, 0)).isZero();
		}
		assertThat(wait(0, WINDOW, 0, LoneFin.MAX_ACK_DELAY_NANOS)).isPositive();
		assertThat(wait(0, WINDOW, 0, LoneFin.MAX_ACK_DELAY_NANOS + 1)).isZero();
	}

	private long wait(long lost, long roomBytes, long sinceNanos, long nowNanos) {
		return this.fin.waitNanos(lost, WINDOW, roomBytes, MILLI, nowNanos - sinceNanos, nowNanos, nowNanos);
	}

}

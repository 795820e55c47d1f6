package io.p2pboot.libp2p.protocol.identify;

import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class PushAllowanceTest {

	@ParameterizedTest
	@ValueSource(longs = { 0, Long.MIN_VALUE, Long.MAX_VALUE - 5 })
	void tenPushesAreAllowedAtOnceAndOneMoreEveryFiveSeconds(long start) { // I19
		PushAllowance allowance = new PushAllowance(start);
		for (int i = 0; i < 10; i++) {
			assertThat(allowance.take(start)).isTrue();
		}
		assertThat(allowance.take(start)).isFalse();
		long later = start + TimeUnit.SECONDS.toNanos(5);
		assertThat(allowance.take(later - 1)).isFalse();
		assertThat(allowance.take(later)).isTrue();
		assertThat(allowance.take(later)).isFalse();
	}

	@Test
	void aLongSilenceAllowsNoMoreThanTen() {
		PushAllowance allowance = new PushAllowance(0);
		long later = TimeUnit.DAYS.toNanos(100);
		for (int i = 0; i < 10; i++) {
			assertThat(allowance.take(later)).isTrue();
		}
		assertThat(allowance.take(later)).isFalse();
	}

}

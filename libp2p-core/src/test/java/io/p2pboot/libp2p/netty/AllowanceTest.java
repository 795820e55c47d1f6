package io.p2pboot.libp2p.netty;

import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class AllowanceTest {

	private static final long EACH = TimeUnit.SECONDS.toNanos(5);

	@ParameterizedTest
	@ValueSource(longs = { 0, Long.MIN_VALUE, Long.MAX_VALUE - 5 })
	void theBurstIsAllowedAtOnceAndThenOneMoreEachTime(long start) {
		Allowance allowance = new Allowance(10, EACH, start);
		for (int i = 0; i < 10; i++) {
			assertThat(allowance.take(start)).isTrue();
		}
		assertThat(allowance.take(start)).isFalse();
		assertThat(allowance.take(start + EACH - 1)).isFalse();
		assertThat(allowance.take(start + EACH)).isTrue();
		assertThat(allowance.take(start + EACH)).isFalse();
	}

	@Test
	void aLongSilenceAllowsNoMoreThanTheBurst() {
		Allowance allowance = Allowance.perSecond(10, 1000, 0);
		long later = TimeUnit.DAYS.toNanos(100);
		for (int i = 0; i < 10; i++) {
			assertThat(allowance.take(later)).isTrue();
		}
		assertThat(allowance.take(later)).isFalse();
	}

	@Test
	void whatIsGivenBackAddsUpToTheBurst() {
		Allowance allowance = new Allowance(2, EACH, 0);
		assertThat(allowance.isWhole(0)).isTrue();
		assertThat(allowance.take(0)).isTrue();
		assertThat(allowance.isWhole(EACH - 1)).isFalse();
		assertThat(allowance.isWhole(EACH)).isTrue();
		assertThat(allowance.take(0)).isTrue();
		for (int part = 0; part < 511; part++) {
			allowance.give(1, 512);
		}
		assertThat(allowance.take(0)).isFalse();
		allowance.give(512, 512);
		assertThat(allowance.take(0)).isTrue();
		allowance.give(Long.MAX_VALUE, 1);
		assertThat(allowance.take(0)).isTrue();
		assertThat(allowance.take(0)).isTrue();
		assertThat(allowance.take(0)).isFalse();
	}

	@Test
	void numbersHaveToBePositive() {
		assertThatIllegalArgumentException().isThrownBy(() -> new Allowance(0, 1, 0));
		assertThatIllegalArgumentException().isThrownBy(() -> new Allowance(1, 0, 0));
		assertThatIllegalArgumentException().isThrownBy(() -> Allowance.perSecond(1, 0, 0));
	}

}

package io.p2pboot.libp2p.protocol.identify;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class PushSpacingTest {

	private final PushSpacing spacing = new PushSpacing();

	private long now = Long.MAX_VALUE - Duration.ofSeconds(3).toNanos();

	/** A round as soon as a change may go out; returns after how many milliseconds. */
	private long round(boolean own) {
		long wait = this.spacing.due(this.now, own) - this.now;
		this.now += wait;
		this.spacing.round(this.now);
		return Duration.ofNanos(wait).toMillis();
	}

	private List<Long> rounds(int count, boolean own) {
		List<Long> waits = new ArrayList<>();
		for (int i = 0; i < count; i++) {
			waits.add(round(own));
		}
		return waits;
	}

	@Test
	void theTimeBetweenRoundsDoublesUpToAMinute() {
		assertThat(rounds(12, false)).containsExactly(200L, 200L, 400L, 800L, 1600L, 3200L, 6400L, 12_800L, 25_600L,
				51_200L, 60_000L, 60_000L);
	}

	@Test
	void whatWeChangeOurselvesWaitsNoLongerThanAPeersAllowance() {
		assertThat(rounds(8, true)).endsWith(3200L, 5000L, 5000L);
	}

	@Test
	void eachMinuteOfCalmHalvesTheTimeAndOneNanosecondLessDoesNot() {
		rounds(12, false);
		this.now += PushSpacing.LONGEST.toNanos() - 1;
		assertThat(this.spacing.due(this.now, false) - this.now).isEqualTo(PushSpacing.SHORTEST.toNanos());
		this.spacing.round(this.now);
		assertThat(round(false)).isEqualTo(60_000);
		this.now += 3 * PushSpacing.LONGEST.toNanos();
		this.spacing.round(this.now);
		assertThat(round(false)).isEqualTo(15_000);
		this.now += 200 * PushSpacing.LONGEST.toNanos();
		this.spacing.round(this.now);
		assertThat(round(false)).isEqualTo(200);
	}

}

package io.p2pboot.libp2p.transport.quic;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class PathWatchTest {

	private static final int LOOKS = 9;

	private final PathWatch watch = new PathWatch(LOOKS);

	@Test
	void aPathThatLosesNearlyEverythingIsGivenUpAfterSoManyLooksAndNotBefore() {
		for (int look = 1; look < LOOKS; look++) {
			assertThat(this.watch.look(true, look, look * 100_000L, look * 80_000L, look)).isFalse();
		}
		assertThat(this.watch.look(true, LOOKS, LOOKS * 100_000L, LOOKS * 80_000L, LOOKS)).isTrue();
	}

	@Test
	void aPathThatLosesMuchIsKept() {
		for (int look = 1; look < 100; look++) {
			assertThat(this.watch.look(true, look, look * 100_000L, look * 79_000L, look)).isFalse();
		}
	}

	/** Nothing is taken for lost where no acknowledgement comes. */
	@Test
	void aPathWithoutAcknowledgementsIsGivenUpThoughSomethingSmallIsAnsweredNowAndThen() {
		boolean givenUp = false;
		for (int look = 1; look <= LOOKS; look++) {
			givenUp = this.watch.look(true, look, look * 10L, 0, look / 3);
		}
		assertThat(givenUp).isTrue();
	}

	@Test
	void whereEverySecondLookSeesAnAnswerThePathIsKept() {
		for (int look = 1; look < 100; look++) {
			assertThat(this.watch.look(true, look, look * 10L, 0, look / 2)).isFalse();
		}
	}

	/** The queues of a slow path: nothing new is sent, and all of it comes. */
	@Test
	void aPathThatTakesLongForWhatIsInFlightIsKept() {
		for (int look = 1; look < 100; look++) {
			assertThat(this.watch.look(true, look, 1_000_000, 0, look)).isFalse();
		}
	}

	@Test
	void aPeerThatIsNotHeardIsNotThePathsFault() {
		for (int look = 1; look < 100; look++) {
			assertThat(this.watch.look(true, 5, look * 100_000L, look * 100_000L, 7)).isFalse();
		}
		assertThat(this.watch.look(true, 6, 10_000_000L, 10_000_000L, 7)).isTrue();
	}

	@Test
	void aLookWithNothingInFlightBeginsAnew() {
		for (int look = 1; look < 100; look++) {
			assertThat(this.watch.look(look % LOOKS != 0, look, look * 100_000L, look * 100_000L, 7)).isFalse();
		}
	}

}

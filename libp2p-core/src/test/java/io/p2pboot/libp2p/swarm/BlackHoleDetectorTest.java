package io.p2pboot.libp2p.swarm;

import io.p2pboot.libp2p.NodeObserver.BlackHoleState;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class BlackHoleDetectorTest {

	private final BlackHoleDetector detector = new BlackHoleDetector();

	private void ended(boolean success, int times) {
		for (int time = 0; time < times; time++) {
			this.detector.ended(success);
		}
	}

	@Test
	void nothingIsSaidBeforeTheWindowIsFull() {
		ended(false, BlackHoleDetector.WINDOW - 1);
		assertThat(this.detector.state()).isEqualTo(BlackHoleState.PROBING);
		assertThat(this.detector.comesLast()).isFalse();
		this.detector.ended(false);
		assertThat(this.detector.state()).isEqualTo(BlackHoleState.BLOCKED);
		assertThat(this.detector.comesLast()).isTrue();
	}

	@Test
	void theLeastSuccessesThatAreEnoughAreEnough() {
		ended(false, BlackHoleDetector.WINDOW - BlackHoleDetector.MIN_SUCCESSES);
		ended(true, BlackHoleDetector.MIN_SUCCESSES);
		assertThat(this.detector.state()).isEqualTo(BlackHoleState.ALLOWED);
		assertThat(this.detector.successFraction()).isEqualTo(0.05);
		// The oldest failures leave the window, one by one.
		ended(false, BlackHoleDetector.WINDOW - BlackHoleDetector.MIN_SUCCESSES);
		assertThat(this.detector.state()).isEqualTo(BlackHoleState.ALLOWED);
		this.detector.ended(false);
		assertThat(this.detector.state()).isEqualTo(BlackHoleState.BLOCKED);
	}

	@Test
	void oneDialInAWindowProbes() {
		ended(false, BlackHoleDetector.WINDOW);
		for (int round = 0; round < 2; round++) {
			for (int dial = 1; dial < BlackHoleDetector.WINDOW; dial++) {
				assertThat(this.detector.nextProbeAfter()).isEqualTo(BlackHoleDetector.WINDOW - dial + 1);
				assertThat(this.detector.comesLast()).isTrue();
			}
			assertThat(this.detector.comesLast()).isFalse();
		}
	}

	@Test
	void oneSuccessEndsTheStateAndCountingBeginsAnew() {
		ended(false, BlackHoleDetector.WINDOW);
		this.detector.ended(true);
		assertThat(this.detector.state()).isEqualTo(BlackHoleState.PROBING);
		assertThat(this.detector.successFraction()).isEqualTo(1);
		assertThat(this.detector.nextProbeAfter()).isZero();
		ended(false, BlackHoleDetector.WINDOW - 2);
		assertThat(this.detector.state()).isEqualTo(BlackHoleState.PROBING);
		this.detector.ended(false);
		assertThat(this.detector.state()).isEqualTo(BlackHoleState.BLOCKED);
	}

}

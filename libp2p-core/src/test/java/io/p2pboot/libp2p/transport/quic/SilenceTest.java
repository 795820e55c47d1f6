package io.p2pboot.libp2p.transport.quic;

import java.util.ArrayList;
import java.util.List;

import io.p2pboot.libp2p.transport.quic.Silence.Verdict;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

class SilenceTest {

	private static final long MILLI = 1_000_000;

	/** The verdicts of looks until the connection is lost. */
	private static List<Verdict> untilLost(Silence silence, long lastPacket) {
		List<Verdict> verdicts = new ArrayList<>();
		long now = 0;
		do {
			now += silence.lookNanos();
			verdicts.add(silence.look((now >= lastPacket) ? 1 : 0, now));
		}
		while (verdicts.get(verdicts.size() - 1) != Verdict.LOST);
		return verdicts;
	}

	@ParameterizedTest
	@CsvSource({ "30000, 15000", "1000, 15000", "30000, 1000", "5000, 100", "600000, 15000" })
	void aPeerThatIsGoneIsNoticedWithinTheIdleTimeoutWheneverItsLastPacketCame(long idle, long ask) {
		Silence any = new Silence(idle * MILLI, ask * MILLI, 0);
		for (long last = 0; last <= 2 * any.lookNanos(); last += Math.max(1, any.lookNanos() / 7)) {
			Silence silence = new Silence(idle * MILLI, ask * MILLI, 0);
			List<Verdict> verdicts = untilLost(silence, last);
			long noticed = verdicts.size() * silence.lookNanos() - last;
			assertThat(noticed).as("after a packet at %d", last)
				.isLessThanOrEqualTo(idle * MILLI)
				.isGreaterThan(idle * MILLI * 3 / 4);
			assertThat(verdicts).as("asked before").contains(Verdict.ASK);
		}
	}

	@Test
	void aPeerThatAnswersIsAskedAgainAndNeverLost() {
		Silence silence = new Silence(30_000 * MILLI, 15_000 * MILLI, 0);
		long packets = 1;
		int asked = 0;
		for (long now = 0; now < 3_600_000 * MILLI; now += silence.lookNanos()) {
			Verdict verdict = silence.look(packets, now);
			assertThat(verdict).isNotEqualTo(Verdict.LOST);
			if (verdict == Verdict.ASK) {
				asked++;
				packets++;
			}
		}
		assertThat(asked).isBetween(3600 / 18, 3600 / 12);
	}

	@Test
	void aBusyPeerIsNeverAsked() {
		Silence silence = new Silence(30_000 * MILLI, 15_000 * MILLI, 0);
		for (long look = 0; look < 1000; look++) {
			assertThat(silence.look(look, look * silence.lookNanos())).isEqualTo(Verdict.FINE);
		}
	}

}

package io.p2pboot.libp2p.kad;

import java.time.Duration;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

@Timeout(300)
class ChurnSimulationTest {

	@Test
	void whereHalfOfTheNetworkIsReplacedEachHourAnAnnouncementEachHourIsEnough() {
		List<Double> found = ChurnSimulation.foundEachHour(41, Duration.ofHours(1), 6);
		assertThat(found.stream().mapToDouble(Double::doubleValue).average().orElseThrow()).as("%s", found)
			.isGreaterThanOrEqualTo(0.99);
	}

	@Test
	void recordsThatAreAnnouncedOnceADayGoWithThoseThatHoldThem() {
		List<Double> found = ChurnSimulation.foundEachHour(42, Duration.ofHours(22), 8);
		assertThat(found.subList(0, 2)).as("%s", found).allSatisfy((share) -> assertThat(share).isGreaterThan(0.9));
		assertThat(found.get(7)).as("%s", found).isLessThan(0.5);
	}

}

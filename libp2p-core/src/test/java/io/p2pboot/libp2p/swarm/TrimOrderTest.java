package io.p2pboot.libp2p.swarm;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import io.p2pboot.libp2p.IpNetwork;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class TrimOrderTest {

	private static final IpNetwork CROWD = IpNetwork.parse("192.0.2.1/32");

	private final List<TrimOrder.Worth<String>> all = new ArrayList<>();

	private void add(String name, String address, boolean busy, long value, long idleSeconds) {
		add(name, address, busy, value, idleSeconds, true);
	}

	private void add(String name, String address, boolean busy, long value, long idleSeconds, boolean mayEnd) {
		this.all.add(new TrimOrder.Worth<>(name, mayEnd, Optional.of(IpNetwork.parse(address)), busy, value,
				Duration.ofSeconds(idleSeconds).toNanos(), Duration.ofSeconds(1000)));
	}

	private void crowd(int size) {
		for (int i = 0; i < size; i++) {
			add("crowd " + i, CROWD.toString(), false, 0, i);
		}
	}

	@Test
	void aCrowdShrinksToOneBeforeAnybodyLosesAnOnlyConnection() {
		add("alone", "192.0.2.2/32", false, 0, 900);
		crowd(10);
		assertThat(TrimOrder.leastFirst(this.all, 9)).hasSize(9).doesNotContain("alone", "crowd 0");
		assertThat(TrimOrder.leastFirst(this.all, 10)).last().isEqualTo("alone");
	}

	@Test
	void twoCrowdsShrinkToTheSameSize() {
		crowd(8);
		for (int i = 0; i < 4; i++) {
			add("other " + i, "192.0.2.3/32", false, 0, 100 + i);
		}
		assertThat(TrimOrder.leastFirst(this.all, 4)).containsExactly("crowd 7", "crowd 6", "crowd 5", "crowd 4");
		assertThat(TrimOrder.leastFirst(this.all, 6)).endsWith("other 3", "crowd 3");
	}

	@Test
	void theBusyOnesOfACrowdAreItsBest() {
		add("alone", "192.0.2.2/32", false, 0, 1);
		add("busy", CROWD.toString(), true, 0, 0);
		crowd(1);
		assertThat(TrimOrder.leastFirst(this.all, 3)).containsExactly("crowd 0", "alone", "busy");
	}

	@Test
	void whatIsWorthMoreStaysWhateverTheCrowd() {
		add("disliked", "192.0.2.2/32", false, -1, 1);
		add("valued", CROWD.toString(), false, 5, 1);
		crowd(2);
		assertThat(TrimOrder.leastFirst(this.all, 4)).containsExactly("disliked", "crowd 1", "crowd 0", "valued");
	}

	@Test
	void whatMayNotEndCountsForItsCrowdAndStays() {
		add("alone", "192.0.2.2/32", false, 0, 900);
		add("new", CROWD.toString(), false, 0, 1, false);
		add("old", CROWD.toString(), false, 0, 2);
		assertThat(TrimOrder.leastFirst(this.all, 3)).containsExactly("old", "alone");
	}

	@Test
	void whatWeOpenedIsInNoCrowd() {
		add("alone", "192.0.2.2/32", false, 0, 10);
		for (int i = 0; i < 3; i++) {
			this.all.add(new TrimOrder.Worth<>("ours " + i, true, Optional.empty(), false, 0,
					Duration.ofSeconds(i).toNanos(), Duration.ofSeconds(1000)));
		}
		assertThat(TrimOrder.leastFirst(this.all, 2)).containsExactly("alone", "ours 2");
	}

}

package io.p2pboot.libp2p.kad;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class RoutingTableTest {

	private static final KadKey SELF = Peers.key(0);

	private final RoutingTable table = new RoutingTable(SELF, 20, 2, 3);

	private RoutingTable.Offer offer(int number) {
		return offer(number, Set.of(), false);
	}

	private RoutingTable.Offer offer(int number, Set<IpGroup> groups, boolean filling) {
		return this.table.offer(Peers.id(number), Peers.key(number), groups, number, filling);
	}

	@Test
	void takesPeersOnceAndNeverItself() {
		assertThat(offer(0)).isEqualTo(RoutingTable.Offer.SELF);
		assertThat(offer(1)).isEqualTo(RoutingTable.Offer.ADDED);
		assertThat(offer(1)).isEqualTo(RoutingTable.Offer.PRESENT);
		assertThat(this.table.size()).isEqualTo(1);
	}

	@Test
	void nearestAreThoseOfAllThatGotAPlace() {
		List<KadKey> added = new ArrayList<>();
		for (int number = 1; number <= 2000; number++) {
			if (offer(number) == RoutingTable.Offer.ADDED) {
				added.add(Peers.key(number));
			}
		}
		assertThat(this.table.size()).isEqualTo(added.size()).isBetween(100, 260);
		for (int number = 3000; number < 3300; number++) {
			KadKey target = (number % 3 == 0) ? SELF : Peers.key(number);
			Comparator<KadKey> order = target.byDistance();
			List<KadKey> expected = added.stream().sorted(order).limit(20).toList();
			assertThat(this.table.nearest(target, 20).stream().map(RoutingTable.Entry::key).toList())
				.isEqualTo(expected);
		}
	}

	@Test
	void noBucketHoldsMoreThanItMay() {
		for (int number = 1; number <= 5000; number++) {
			offer(number);
		}
		assertThat(this.table.buckets()).allSatisfy((bucket) -> assertThat(bucket.size()).isLessThanOrEqualTo(20));
	}

	@Test
	void newcomerDoesNotPushOutWhoIsThere() {
		List<Integer> far = far(21);
		far.subList(0, 20).forEach((number) -> assertThat(offer(number)).isEqualTo(RoutingTable.Offer.ADDED));
		fillNear();
		assertThat(offer(far.get(20))).isEqualTo(RoutingTable.Offer.FULL);
		assertThat(this.table.contains(Peers.key(far.get(0)))).isTrue();
	}

	@Test
	void whoCameWhileFillingIsReplacedUntilThatIsOver() {
		List<Integer> far = far(22);
		far.subList(0, 20).forEach((number) -> offer(number, Set.of(), true));
		fillNear();
		assertThat(offer(far.get(20))).isEqualTo(RoutingTable.Offer.ADDED);
		this.table.filled();
		assertThat(offer(far.get(21))).isEqualTo(RoutingTable.Offer.FULL);
	}

	@Test
	void oneAddressGroupHasTwoPlacesInABucketAndThreeInTheTable() {
		Set<IpGroup> group = Set.of(new IpGroup(4, 1));
		List<Integer> far = far(23);
		far.subList(0, 18).forEach(this::offer);
		fillNear();
		assertThat(offer(far.get(18), group, false)).isEqualTo(RoutingTable.Offer.ADDED);
		assertThat(offer(far.get(19), group, false)).isEqualTo(RoutingTable.Offer.ADDED);
		this.table.remove(Peers.key(far.get(0)));
		assertThat(offer(far.get(20), group, false)).isEqualTo(RoutingTable.Offer.DIVERSITY);
		List<Integer> near = near(60, 40);
		assertThat(near.stream().filter((number) -> offer(number, group, false) == RoutingTable.Offer.ADDED))
			.hasSize(1);
		this.table.remove(Peers.key(far.get(18)));
		assertThat(offer(far.get(20), group, false)).isEqualTo(RoutingTable.Offer.ADDED);
	}

	@Test
	void thousandSybilsOfOneGroupGetThreePlaces() {
		for (int number = 1; number <= 1000; number++) {
			offer(number, Set.of(new IpGroup(4, 1)), true);
		}
		assertThat(this.table.size()).isLessThanOrEqualTo(3);
	}

	@Test
	void twoFailuresInARowCostThePlace() {
		offer(1);
		assertThat(this.table.failed(Peers.key(1))).isFalse();
		this.table.answered(Peers.key(1), 5);
		assertThat(this.table.failed(Peers.key(1))).isFalse();
		assertThat(this.table.failed(Peers.key(1))).isTrue();
		assertThat(this.table.size()).isZero();
	}

	@Test
	void silentPeersAreThoseThatHaveNotAnsweredSince() {
		offer(1);
		offer(2);
		this.table.answered(Peers.key(1), 100);
		assertThat(this.table.silentSince(50).stream().map(RoutingTable.Entry::id)).containsExactly(Peers.id(2));
	}

	/** Peers that share no leading bit with this node. */
	private static List<Integer> far(int count) {
		return near(0, count, 0);
	}

	private static List<Integer> near(int from, int count) {
		return near(from, count, 1);
	}

	private static List<Integer> near(int from, int count, int least) {
		List<Integer> found = new ArrayList<>();
		for (int number = 1 + from; found.size() < count; number++) {
			int prefix = SELF.commonPrefix(Peers.key(number));
			if ((least == 0) ? prefix == 0 : prefix >= least) {
				found.add(number);
			}
		}
		return found;
	}

	/** Splits the last bucket, so that the first stands alone. */
	private void fillNear() {
		near(10_000, 30).forEach(this::offer);
	}

}

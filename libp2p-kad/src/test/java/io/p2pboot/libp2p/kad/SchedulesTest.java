package io.p2pboot.libp2p.kad;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import io.p2pboot.libp2p.PeerId;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class SchedulesTest {

	private static final KadKey SELF = Peers.key(0);

	private static final long MINUTE = Duration.ofMinutes(1).toNanos();

	private static final long START = -5 * MINUTE;

	@Test
	void firstRefreshIsDueAtOnceAndTheNextAnIntervalLater() {
		RefreshSchedule schedule = new RefreshSchedule(Duration.ofMinutes(10), START);
		assertThat(schedule.isRefreshDue(START)).isTrue();
		assertThat(schedule.isRefreshDue(START + 10 * MINUTE - 1)).isFalse();
		assertThat(schedule.isRefreshDue(START + 10 * MINUTE)).isTrue();
	}

	@Test
	void tableIsFilledUntilAMinuteAfterTheSecondRefresh() {
		RefreshSchedule schedule = new RefreshSchedule(Duration.ofMinutes(10), START);
		schedule.isRefreshDue(START);
		assertThat(schedule.isFilling(START + 9 * MINUTE)).isTrue();
		schedule.isRefreshDue(START + 10 * MINUTE);
		assertThat(schedule.isFilling(START + 11 * MINUTE - 1)).isTrue();
		assertThat(schedule.isFilling(START + 11 * MINUTE)).isFalse();
	}

	@Test
	void bootstrapPeersAreAskedEveryTwoMinutesWhileTheTableIsSmall() {
		RefreshSchedule schedule = new RefreshSchedule(Duration.ofMinutes(10), START);
		assertThat(schedule.isBootstrapDue(START, 9)).isTrue();
		assertThat(schedule.isBootstrapDue(START + 2 * MINUTE - 1, 9)).isFalse();
		assertThat(schedule.isBootstrapDue(START + 2 * MINUTE, 10)).isFalse();
		assertThat(schedule.isBootstrapDue(START + 4 * MINUTE, 0)).isTrue();
	}

	@Test
	void silentPeersAreCheckedAfterTheTimeOfTheSpecification() {
		RefreshSchedule schedule = new RefreshSchedule(Duration.ofMinutes(10), START);
		assertThat(schedule.graceNanos(20, 10) / (double) MINUTE).isBetween(43.2, 43.3);
	}

	@Test
	void preimagesShareExactlyThePrefix() {
		Random random = new Random(1);
		for (int prefix = 0; prefix <= 10; prefix++) {
			assertThat(SELF.commonPrefix(KadKey.of(RefreshSchedule.preimage(SELF, prefix, random)))).isEqualTo(prefix);
		}
	}

	// Keys that are provided.

	private static ByteBuffer key(int number) {
		return ByteBuffer.allocate(4).putInt(0, number);
	}

	@Test
	void newKeyIsDueAtOnceAndAgainWithinOneCycle() {
		Duration cycle = Duration.ofHours(22);
		ProvideSchedule schedule = new ProvideSchedule(SELF, cycle, 100, START);
		for (int number = 0; number < 100; number++) {
			assertThat(schedule.add(key(number), START)).isTrue();
		}
		assertThat(schedule.add(key(100), START)).isFalse();
		assertThat(schedule.add(key(99), START)).isTrue();
		List<ByteBuffer> due = schedule.take(START, 1000);
		assertThat(due).hasSize(100);
		due.forEach((key) -> schedule.announced(key, START));
		assertThat(schedule.take(START + cycle.dividedBy(2).toNanos(), 1000)).hasSizeBetween(25, 75);
		due.forEach((key) -> schedule.announced(key, START));
		assertThat(schedule.take(START + cycle.toNanos(), 1000)).hasSize(100);
	}

	@Test
	void keysAreSpreadOverTheCycle() {
		Duration cycle = Duration.ofHours(20);
		ProvideSchedule schedule = new ProvideSchedule(SELF, cycle, 1000, START);
		for (int number = 0; number < 1000; number++) {
			schedule.add(key(number), START);
		}
		List<Integer> each = new ArrayList<>();
		for (int hour = 0; hour < 80; hour++) {
			long now = START + Duration.ofHours(hour).toNanos();
			List<ByteBuffer> due = schedule.take(now, 10_000);
			due.forEach((key) -> schedule.announced(key, now));
			if (hour >= 20) {
				each.add(due.size());
			}
		}
		assertThat(each).allSatisfy((count) -> assertThat(count).isBetween(20, 200));
	}

	@Test
	void keyWhoseAnnouncementFailedIsDueAgainAfterFiveMinutes() {
		ProvideSchedule schedule = new ProvideSchedule(SELF, Duration.ofHours(22), 10, START);
		schedule.add(key(1), START);
		assertThat(schedule.take(START, 10)).hasSize(1);
		assertThat(schedule.take(START + 5 * MINUTE - 1, 10)).isEmpty();
		assertThat(schedule.lagNanos(START + 6 * MINUTE)).isEqualTo(MINUTE);
		assertThat(schedule.take(START + 5 * MINUTE, 10)).hasSize(1);
	}

	@Test
	void keysOfARegionAreDueTogetherWhenItsMomentComes() {
		Duration cycle = Duration.ofHours(22);
		ProvideSchedule schedule = new ProvideSchedule(SELF, cycle, 1000, START);
		for (int number = 0; number < 1000; number++) {
			schedule.add(key(number), START);
		}
		KadKey of = KadKey.of(key(7));
		List<ByteBuffer> region = schedule.within(of, 3);
		assertThat(region).hasSizeBetween(60, 200)
			.allSatisfy((key) -> assertThat(KadKey.of(key).commonPrefix(of)).isGreaterThanOrEqualTo(3));
		assertThat(schedule.within(of, 0)).hasSize(1000);
		assertThat(schedule.within(of, KadKey.BITS)).containsExactly(key(7));
		schedule.within(of, 0).forEach((key) -> schedule.begun(key, START));
		assertThat(schedule.take(START, 1000)).isEmpty();
		schedule.within(of, 0).forEach((key) -> schedule.announced(key, START));
		region.forEach((key) -> schedule.announced(key, 3, START));
		long moment = START;
		while (schedule.take(moment, 1000).stream().noneMatch(region::contains)) {
			moment += MINUTE;
			assertThat(moment).isLessThanOrEqualTo(START + cycle.toNanos() + MINUTE);
		}
		assertThat(schedule.take(moment + 4 * MINUTE, 1000)).as("all of it came at once").noneMatch(region::contains);
	}

	@Test
	void removedKeyIsNotDueAnyMore() {
		ProvideSchedule schedule = new ProvideSchedule(SELF, Duration.ofHours(22), 10, START);
		schedule.add(key(1), START);
		assertThat(schedule.remove(key(1))).isTrue();
		assertThat(schedule.remove(key(1))).isFalse();
		schedule.announced(key(1), START);
		assertThat(schedule.take(START, 10)).isEmpty();
		assertThat(schedule.size()).isZero();
	}

	// Peers that wait for their check.

	@Test
	void sixteenAreCheckedAtOnceTwoHundredFiftySixWaitAndTheRestIsDropped() {
		IncludeQueue queue = new IncludeQueue(KadLimits.MAX_CHECKS, KadLimits.MAX_WAITING_CHECKS);
		for (int number = 1; number <= 16; number++) {
			assertThat(queue.add(Peers.peer(number))).isFalse();
			assertThat(queue.next()).isPresent();
		}
		for (int number = 17; number <= 16 + 256; number++) {
			assertThat(queue.add(Peers.peer(number))).isFalse();
		}
		assertThat(queue.next()).isEmpty();
		assertThat(queue.add(Peers.peer(1000))).isTrue();
		assertThat(queue.dropped()).isEqualTo(1);
		queue.checked(Peers.peer(1));
		assertThat(queue.next()).contains(Peers.peer(17));
		assertThat(queue.add(Peers.peer(1))).isFalse();
	}

	// Stores.

	@Test
	void providerStoreKeepsAsManyAsItMay() {
		ProviderStore store = new ProviderStore(100, 3, 2, 3);
		assertThat(store.add(Peers.key(1), Peers.id(1), 0)).isTrue();
		assertThat(store.add(Peers.key(1), Peers.id(2), 0)).isTrue();
		assertThat(store.add(Peers.key(1), Peers.id(3), 0)).isFalse();
		assertThat(store.add(Peers.key(2), Peers.id(1), 0)).isTrue();
		assertThat(store.add(Peers.key(3), Peers.id(1), 0)).isFalse();
		assertThat(store.add(Peers.key(1), Peers.id(1), 50)).isTrue();
		assertThat(store.add(Peers.key(1), Peers.id(3), 101)).isTrue();
		assertThat(store.providers(Peers.key(1), 101)).containsExactly(Peers.id(1), Peers.id(3));
		store.sweep(1000);
		assertThat(store.size()).isZero();
	}

	@Test
	void recordsOfOneKeyEndAndAreTakenBackInAnyOrder() {
		List<List<Integer>> orders = List.of(List.of(1, 2, 3, 4), List.of(4, 3, 2, 1), List.of(2, 4, 1, 3),
				List.of(3, 1, 4, 2));
		for (List<Integer> order : orders) {
			ProviderStore store = new ProviderStore(100, 100, 100, 100);
			ProviderStore ending = new ProviderStore(100, 100, 100, 100);
			for (int number = 1; number <= 4; number++) {
				store.add(Peers.key(9), Peers.id(number), 0);
				ending.add(Peers.key(9), Peers.id(number), order.indexOf(number));
			}
			List<PeerId> left = new ArrayList<>(store.providers(Peers.key(9), 0));
			for (int index = 0; index < 4; index++) {
				store.remove(Peers.key(9), Peers.id(order.get(index)));
				left.remove(Peers.id(order.get(index)));
				assertThat(store.providers(Peers.key(9), 0)).containsExactlyElementsOf(left);
				ending.sweep(101 + index);
				assertThat(ending.providers(Peers.key(9), 101 + index)).containsExactlyElementsOf(left);
				assertThat(List.of(store.size(), ending.size())).containsOnly(left.size());
			}
			assertThat(store.keys()).isEmpty();
			assertThat(ending.keys()).isEmpty();
		}
	}

	@Test
	void onePeerHasAPartOfAllProviderRecordsAndThisNodeHasRoomAlways() {
		ProviderStore store = new ProviderStore(100, 3, 2, 2);
		assertThat(store.add(Peers.key(1), Peers.id(1), 0)).isTrue();
		assertThat(store.add(Peers.key(2), Peers.id(1), 0)).isTrue();
		assertThat(store.add(Peers.key(3), Peers.id(1), 0)).isFalse();
		assertThat(store.add(Peers.key(3), Peers.id(2), 0)).isTrue();
		store.addOwn(Peers.key(4), Peers.id(0), 0);
		assertThat(store.providers(Peers.key(4), 0)).containsExactly(Peers.id(0));
		store.remove(Peers.key(1), Peers.id(1));
		store.remove(Peers.key(4), Peers.id(0));
		assertThat(store.add(Peers.key(5), Peers.id(1), 0)).isTrue();
		store.sweep(101);
		assertThat(store.size()).isZero();
		assertThat(store.add(Peers.key(1), Peers.id(1), 101)).isTrue();
		assertThat(store.add(Peers.key(2), Peers.id(1), 101)).isTrue();
	}

	@Test
	void nobodyEndsAValueSoonerThanItWouldHaveEnded() {
		RecordStore store = new RecordStore(100, 10, 1000);
		store.put(Peers.key(1), record(10), 0);
		KadRecord copy = new KadRecord(ByteBuffer.allocate(0), ByteBuffer.allocate(10), ByteBuffer.allocate(0),
				ByteBuffer.allocate(0), 1);
		RecordStore seconds = new RecordStore(Duration.ofSeconds(10).toNanos(), 10, 1000);
		seconds.put(Peers.key(1), record(10), 0);
		seconds.put(Peers.key(1), copy, 0);
		assertThat(seconds.get(Peers.key(1), Duration.ofSeconds(10).toNanos())).isPresent();
		store.put(Peers.key(1), record(10), 50);
		assertThat(store.get(Peers.key(1), 150)).isPresent();
	}

	@Test
	void refreshThatIsWorthItComesSoonButNotAtOnceAgain() {
		RefreshSchedule schedule = new RefreshSchedule(Duration.ofMinutes(10), 0);
		schedule.soon(0);
		assertThat(schedule.isRefreshDue(0)).isTrue();
		schedule.soon(1);
		assertThat(schedule.isRefreshDue(RefreshSchedule.LEAST_INTERVAL.toNanos() - 1)).isFalse();
		assertThat(schedule.isRefreshDue(RefreshSchedule.LEAST_INTERVAL.toNanos())).isTrue();
		schedule.begin(RefreshSchedule.LEAST_INTERVAL.toNanos() + 1);
		assertThat(schedule.isRefreshDue(RefreshSchedule.LEAST_INTERVAL.toNanos() + 1)).isTrue();
	}

	@Test
	void valueStoreKeepsAsManyBytesAsItMay() {
		RecordStore store = new RecordStore(100, 10, 100);
		assertThat(store.put(Peers.key(1), record(60), 0)).isTrue();
		assertThat(store.put(Peers.key(2), record(40), 0)).isTrue();
		assertThat(store.put(Peers.key(3), record(1), 0)).isFalse();
		assertThat(store.put(Peers.key(1), record(61), 0)).isFalse();
		assertThat(store.put(Peers.key(1), record(10), 0)).isTrue();
		assertThat(store.put(Peers.key(3), record(50), 0)).isTrue();
		assertThat(store.bytes()).isEqualTo(100);
		assertThat(store.get(Peers.key(1), 101)).isEmpty();
		store.sweep(101);
		assertThat(store.bytes()).isZero();
	}

	private static KadRecord record(int bytes) {
		return KadRecord.of(ByteBuffer.allocate(0), ByteBuffer.allocate(bytes));
	}

}

package io.p2pboot.libp2p.kad;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

import io.p2pboot.libp2p.kad.Lookup.Event;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class LookupTest {

	private static final KadKey SELF = Peers.key(0);

	private static final KadKey TARGET = Peers.key(1_000_000);

	private static final long SECOND = 1_000_000_000L;

	private final List<KadPeer> asked = new ArrayList<>();

	private final Map<KadPeer, KadKey> beyond = new LinkedHashMap<>();

	private final List<LookupResult> results = new ArrayList<>();

	private final Lookup.Sink sink = new Lookup.Sink() {

		@Override
		public void ask(KadPeer peer) {
			LookupTest.this.asked.add(peer);
		}

		@Override
		public void askBeyond(KadPeer peer, KadKey near, int bits) {
			LookupTest.this.beyond.put(peer, near);
		}

		@Override
		public void ended(LookupResult result) {
			LookupTest.this.results.add(result);
		}

	};

	private static Lookup lookup(LookupConfig config) {
		return new Lookup(SELF, TARGET, config, AsnLookup.NONE);
	}

	private static LookupConfig config(int k, int alpha, int beta, int paths, boolean followUp) {
		return new LookupConfig(k, alpha, beta, paths, Duration.ofSeconds(60), followUp);
	}

	/** Peers by distance to the target, the nearest first. */
	private static List<KadPeer> sorted(int from, int count) {
		return IntStream.range(from, from + count)
			.mapToObj(Peers::peer)
			.sorted((one, other) -> TARGET.compareDistance(one.key(), other.key()))
			.toList();
	}

	private void answer(Lookup lookup, KadPeer peer, long now, List<KadPeer> closer) {
		lookup.on(new Event.Answered(peer.key(), closer), now, this.sink);
	}

	@Test
	void withoutSeedsThereIsNobodyToAsk() {
		lookup(LookupConfig.DEFAULT).on(new Event.Begin(List.of(Peers.peer(0))), 0, this.sink);
		assertThat(this.results).singleElement()
			.satisfies((result) -> assertThat(result.outcome()).isEqualTo(LookupResult.Outcome.NO_PEERS));
		assertThat(this.asked).isEmpty();
	}

	@Test
	void asksTheNearestAlphaAtOnceAndThenOneForEachAnswer() {
		List<KadPeer> peers = sorted(1, 20);
		Lookup lookup = lookup(config(20, 10, 3, 1, false));
		lookup.on(new Event.Begin(peers), 0, this.sink);
		assertThat(this.asked).containsExactlyElementsOf(peers.subList(0, 10));
		answer(lookup, peers.get(9), 1, List.of());
		assertThat(this.asked).containsExactlyElementsOf(peers.subList(0, 11));
	}

	@Test
	void endsWhenTheNearestBetaHaveAnswered() {
		List<KadPeer> peers = sorted(1, 20);
		Lookup lookup = lookup(config(20, 10, 3, 1, false));
		lookup.on(new Event.Begin(peers), 0, this.sink);
		answer(lookup, peers.get(0), 1, List.of());
		lookup.on(new Event.Failed(peers.get(1).key()), 1, this.sink);
		answer(lookup, peers.get(3), 1, List.of());
		assertThat(this.results).isEmpty();
		answer(lookup, peers.get(2), 1, List.of());
		assertThat(this.results).singleElement().satisfies((result) -> {
			assertThat(result.outcome()).isEqualTo(LookupResult.Outcome.CONVERGED);
			assertThat(result.closest()).containsExactly(peers.get(0), peers.get(2), peers.get(3));
			assertThat(result.failures()).isEqualTo(1);
		});
	}

	@Test
	void followUpAsksTheRestOfTheNearestK() {
		List<KadPeer> peers = sorted(1, 20);
		Lookup lookup = lookup(config(5, 3, 3, 1, true));
		lookup.on(new Event.Begin(peers), 0, this.sink);
		for (int index = 0; index < 3; index++) {
			answer(lookup, peers.get(index), 1, List.of());
		}
		assertThat(this.asked).containsExactlyElementsOf(peers.subList(0, 5));
		answer(lookup, peers.get(3), 2, List.of());
		assertThat(this.results).isEmpty();
		lookup.on(new Event.Failed(peers.get(4).key()), 2, this.sink);
		assertThat(this.asked).as("one more than was lost, for one of five is dead")
			.containsExactlyElementsOf(peers.subList(0, 7));
		answer(lookup, peers.get(5), 3, List.of());
		assertThat(this.results.get(0).closest()).containsExactly(peers.get(0), peers.get(1), peers.get(2),
				peers.get(3), peers.get(5));
	}

	@Test
	void deadPeersAmongTheNearestLetTheLookupAskForThoseBeyond() {
		List<KadPeer> peers = sorted(1, 40);
		List<KadPeer> named = peers.subList(0, 20);
		Lookup lookup = lookup(config(20, 20, 3, 1, true));
		lookup.on(new Event.Begin(named), 0, this.sink);
		for (int index = 0; index < 10; index++) {
			answer(lookup, named.get(index), 1, named);
		}
		lookup.on(new Event.Failed(named.get(14).key()), 2, this.sink);
		assertThat(this.beyond).isEmpty();
		lookup.on(new Event.Failed(named.get(15).key()), 2, this.sink);
		assertThat(this.beyond).hasSizeBetween(2, 4);
		int end = TARGET.commonPrefix(named.get(19).key());
		assertThat(this.beyond.values())
			.allSatisfy((near) -> assertThat(TARGET.commonPrefix(near)).isBetween(end - 1, end));
		KadPeer asked = this.beyond.keySet().iterator().next();
		lookup.on(new Event.AnsweredBeyond(asked.key(), peers), 3, this.sink);
		assertThat(this.asked).contains(peers.get(20));
		this.asked.forEach((peer) -> answer(lookup, peer, 4, List.of()));
		assertThat(this.results).singleElement()
			.satisfies((result) -> assertThat(result.closest()).hasSize(20).contains(peers.get(20)));
	}

	@Test
	void silentPeerGivesUpItsPlaceAndTakesItBackWhenItAnswers() {
		List<KadPeer> peers = sorted(1, 6);
		Lookup lookup = lookup(config(20, 1, 1, 1, false));
		lookup.on(new Event.Begin(List.of(peers.get(0), peers.get(1))), 0, this.sink);
		assertThat(lookup.deadlineNanos()).isEqualTo(Lookup.MIN_SOFT_TIMEOUT_NANOS);
		lookup.on(new Event.Tick(), Lookup.MIN_SOFT_TIMEOUT_NANOS - 1, this.sink);
		assertThat(this.asked).hasSize(1);
		lookup.on(new Event.Tick(), Lookup.MIN_SOFT_TIMEOUT_NANOS, this.sink);
		assertThat(this.asked).containsExactly(peers.get(0), peers.get(1));
		answer(lookup, peers.get(0), SECOND, List.of());
		assertThat(this.results.get(0).closest()).containsExactly(peers.get(0));
	}

	@Test
	void lookupWhoseOnlyPeerIsSlowWaitsForIt() {
		Lookup lookup = lookup(LookupConfig.DEFAULT);
		lookup.on(new Event.Begin(List.of(Peers.peer(1))), 0, this.sink);
		lookup.on(new Event.Tick(), 5 * SECOND, this.sink);
		assertThat(this.results).isEmpty();
		answer(lookup, Peers.peer(1), 6 * SECOND, List.of());
		assertThat(this.results.get(0).closest()).hasSize(1);
	}

	@Test
	void softTimeoutFollowsTheRoundTrips() {
		List<KadPeer> peers = sorted(1, 4);
		Lookup lookup = lookup(config(20, 1, 3, 1, false));
		lookup.on(new Event.Begin(peers), 0, this.sink);
		answer(lookup, peers.get(0), SECOND / 4, List.of());
		assertThat(lookup.deadlineNanos()).isEqualTo(SECOND / 4 + SECOND);
	}

	@Test
	void endsWithWhatThereIsWhenItsTimeIsOver() {
		List<KadPeer> peers = sorted(1, 4);
		Lookup lookup = lookup(LookupConfig.DEFAULT);
		lookup.on(new Event.Begin(peers), 0, this.sink);
		answer(lookup, peers.get(1), 1, List.of());
		lookup.on(new Event.Tick(), 60 * SECOND - 1, this.sink);
		assertThat(this.results).isEmpty();
		lookup.on(new Event.Tick(), 60 * SECOND, this.sink);
		assertThat(this.results.get(0).outcome()).isEqualTo(LookupResult.Outcome.TIMED_OUT);
		assertThat(this.results.get(0).closest()).containsExactly(peers.get(1));
	}

	@Test
	void peersThatInventOthersWithoutEndGetAsManyRequestsAsALookupMaySend() {
		Lookup lookup = lookup(config(20, 10, 3, 1, true));
		lookup.on(new Event.Begin(sorted(1, 20)), 0, this.sink);
		int invented = 100;
		for (int next = 0; next < this.asked.size(); next++) {
			answer(lookup, this.asked.get(next), next, closerThanAll(invented, 40));
			invented += 40;
		}
		assertThat(this.results).hasSize(1);
		assertThat(this.asked).hasSize(KadLimits.MAX_LOOKUP_REQUESTS);
	}

	/** Invented keys, each nearer than those before. */
	private static List<KadPeer> closerThanAll(int from, int count) {
		List<KadPeer> peers = new ArrayList<>();
		for (int number = from; number < from + count; number++) {
			KadPeer real = Peers.peer(number);
			KadKey key = new KadKey(TARGET.w0(), TARGET.w1(), TARGET.w2(), TARGET.w3() ^ (Long.MAX_VALUE - number));
			peers.add(new KadPeer(real.id(), key, real.addresses(), real.connection()));
		}
		return peers;
	}

	@Test
	void ofOneAnswerTheFirstTwiceKAreUsed() {
		Lookup lookup = lookup(config(2, 100, 100, 1, false));
		lookup.on(new Event.Begin(List.of(Peers.peer(1))), 0, this.sink);
		answer(lookup, Peers.peer(1), 1, IntStream.range(10, 10_010).mapToObj(Peers::peer).toList());
		assertThat(this.asked).hasSize(1 + 4);
	}

	@Test
	void ourselfAndDuplicatesAreLeftOut() {
		Lookup lookup = lookup(config(20, 100, 100, 1, false));
		lookup.on(new Event.Begin(List.of(Peers.peer(1))), 0, this.sink);
		answer(lookup, Peers.peer(1), 1, List.of(Peers.peer(0), Peers.peer(2), Peers.peer(2), Peers.peer(1)));
		assertThat(this.asked).containsExactly(Peers.peer(1), Peers.peer(2));
	}

	@Test
	void groupThatComesFourTimesInOneAnswerIsLeftOutWhole() {
		Lookup lookup = lookup(config(20, 100, 100, 1, false));
		lookup.on(new Event.Begin(List.of(Peers.peer(1))), 0, this.sink);
		List<KadPeer> answer = new ArrayList<>();
		for (int number = 10; number < 14; number++) {
			answer.add(Peers.peer(number, "/ip4/8.8.1." + number + "/tcp/4001"));
		}
		for (int number = 20; number < 23; number++) {
			answer.add(Peers.peer(number, "/ip4/9.9.1." + number + "/tcp/4001"));
		}
		answer(lookup, Peers.peer(1), 1, answer);
		assertThat(this.asked.subList(1, this.asked.size())).containsExactlyInAnyOrderElementsOf(answer.subList(4, 7));
	}

	@Test
	void disjointPathsShareNoPeer() {
		Lookup lookup = lookup(config(20, 4, 100, 4, false));
		lookup.on(new Event.Begin(sorted(1, 8)), 0, this.sink);
		Map<KadKey, Integer> times = new HashMap<>();
		for (int next = 0; next < this.asked.size(); next++) {
			times.merge(this.asked.get(next).key(), 1, Integer::sum);
			answer(lookup, this.asked.get(next), next, sorted(1 + next % 5, 40));
		}
		assertThat(times.values()).containsOnly(1);
		assertThat(times).hasSizeGreaterThan(30);
		assertThat(this.results.get(0).outcome()).isEqualTo(LookupResult.Outcome.CONVERGED);
	}

	@Test
	void pauseAsksNobodyAndItsTimeDoesNotCount() {
		List<KadPeer> peers = sorted(1, 20);
		Lookup lookup = lookup(config(20, 2, 3, 1, false));
		lookup.on(new Event.Begin(peers), 0, this.sink);
		lookup.on(new Event.Pause(), 1, this.sink);
		answer(lookup, peers.get(0), 2, List.of());
		answer(lookup, peers.get(1), 2, List.of());
		assertThat(this.asked).hasSize(2);
		assertThat(lookup.deadlineNanos()).isNull();
		lookup.on(new Event.Resume(), 100 * SECOND, this.sink);
		assertThat(this.asked).hasSize(4);
		assertThat(this.results).isEmpty();
	}

	@Test
	void nothingHappensAfterTheEnd() {
		Lookup lookup = lookup(LookupConfig.DEFAULT);
		lookup.on(new Event.Begin(sorted(1, 3)), 0, this.sink);
		lookup.on(new Event.Stop(), 1, this.sink);
		int before = this.asked.size();
		answer(lookup, this.asked.get(0), 2, sorted(100, 20));
		lookup.on(new Event.Tick(), 100 * SECOND, this.sink);
		assertThat(this.results).hasSize(1);
		assertThat(this.asked).hasSize(before);
	}

	@Test
	void answersOfPeersThatWereNotAskedChangeNothing() {
		Lookup lookup = lookup(LookupConfig.DEFAULT);
		lookup.on(new Event.Begin(List.of(Peers.peer(1))), 0, this.sink);
		answer(lookup, Peers.peer(77), 1, sorted(100, 20));
		Set<KadPeer> all = new HashSet<>(this.asked);
		assertThat(all).containsExactly(Peers.peer(1));
	}

}

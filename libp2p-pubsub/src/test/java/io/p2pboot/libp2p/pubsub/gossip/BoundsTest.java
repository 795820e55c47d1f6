package io.p2pboot.libp2p.pubsub.gossip;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.pubsub.PeerExchangeParams;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The small bounds, each at its edge and one past it.
 */
class BoundsTest {

	@Test
	void readingStopsPastTheBoundAndGoesOnBelowHalfOfIt() {
		List<Boolean> turns = new ArrayList<>();
		int frame = 1000 - ReadBudget.FRAME_COST;
		ReadBudget budget = new ReadBudget(4000, Runnable::run, turns::add);
		for (int count = 0; count < 4; count++) {
			budget.taken(frame);
		}
		assertThat(turns).as("at the bound").isEmpty();
		budget.taken(frame);
		budget.taken(frame);
		assertThat(turns).as("one past it").containsExactly(false);
		for (int count = 0; count < 3; count++) {
			budget.done(frame);
		}
		assertThat(turns).containsExactly(false);
		budget.done(frame);
		assertThat(turns).as("half of it").containsExactly(false, true);
	}

	@Test
	void whatIsTakenWhileReadingIsTurnedOffDoesNotStopItForGood() {
		List<Boolean> turns = new ArrayList<>();
		int frame = 1000 - ReadBudget.FRAME_COST;
		Deque<Runnable> eventLoop = new ArrayDeque<>();
		ReadBudget[] budget = new ReadBudget[1];
		budget[0] = new ReadBudget(4000, eventLoop::addLast, (on) -> {
			if (!on) {
				// The other thread is as fast as it can be.
				for (int count = 0; count < 4; count++) {
					budget[0].done(frame);
				}
			}
			turns.add(on);
		});
		for (int count = 0; count < 5; count++) {
			budget[0].taken(frame);
		}
		budget[0].done(frame);
		eventLoop.forEach(Runnable::run);
		assertThat(turns).containsExactly(false, true);
	}

	@Test
	void framesOfOneByteAreNotFree() {
		List<Boolean> turns = new ArrayList<>();
		ReadBudget budget = new ReadBudget(4 * 1024 * 1024, Runnable::run, turns::add);
		int frames = 0;
		while (turns.isEmpty()) {
			budget.taken(1);
			frames++;
		}
		assertThat(frames).isLessThan(17_000);
	}

	@Test
	void eachPeerHasItsTurnHoweverMuchAnotherCauses() {
		Deque<Runnable> worker = new ArrayDeque<>();
		FairQueue queue = new FairQueue(worker::addLast);
		List<String> done = new ArrayList<>();
		for (int count = 0; count < 5000; count++) {
			queue.offer(SimNetwork.peerId(1), () -> done.add("flood"));
		}
		queue.offer(SimNetwork.peerId(2), () -> done.add("other"));
		worker.forEach(Runnable::run);
		assertThat(done).hasSize(5001);
		assertThat(done.indexOf("other")).isLessThan(2);
	}

	@Test
	void aPeerIsDialledAgainOnceInTenMinutes() {
		Redials redials = new Redials();
		PeerId peer = SimNetwork.peerId(1);
		assertThat(redials.take(peer, 0)).isTrue();
		assertThat(redials.take(peer, Redials.PAUSE_NANOS - 1)).isFalse();
		assertThat(redials.take(peer, Redials.PAUSE_NANOS)).isTrue();
		for (int other = 2; other < Redials.MAX + 1; other++) {
			redials.take(SimNetwork.peerId(other), Redials.PAUSE_NANOS);
		}
		assertThat(redials.take(peer, Redials.PAUSE_NANOS)).as("remembered at the bound").isFalse();
		redials.take(SimNetwork.peerId(Redials.MAX + 1), Redials.PAUSE_NANOS);
		assertThat(redials.take(peer, Redials.PAUSE_NANOS)).as("forgotten past it").isTrue();
	}

	@Test
	void theNumbersOfSoManyAuthorsAreKeptAndOfNoMore() {
		AuthorNumbers numbers = new AuthorNumbers(10, 400);
		for (int author = 0; author < 10; author++) {
			numbers.accepted(SimNetwork.peerId(author), -1, 0);
		}
		assertThat(numbers.isReplay(SimNetwork.peerId(0), 7, 399)).as("still seen").isFalse();
		assertThat(numbers.isReplay(SimNetwork.peerId(0), 7, 400)).as("unsigned").isTrue();
		numbers.accepted(SimNetwork.peerId(10), 1, 400);
		assertThat(numbers.size()).isEqualTo(10);
		assertThat(numbers.isReplay(SimNetwork.peerId(1), 7, 400)).as("heard longest ago").isFalse();
		assertThat(numbers.isReplay(SimNetwork.peerId(2), 7, 400)).isTrue();
	}

	@Test
	void noMessageIsForgottenBeforeItsNumberIsOld() {
		AuthorNumbers numbers = new AuthorNumbers(10, 400);
		PeerId author = SimNetwork.peerId(1);
		for (long now = 0; now < 5000; now += 10) {
			numbers.accepted(author, now, now);
			if (now >= 400) {
				assertThat(numbers.isReplay(author, now - 400, now)).as("at %d", now).isTrue();
				assertThat(numbers.isReplay(author, now - 300, now)).as("at %d", now).isFalse();
			}
		}
	}

	@Test
	void fourNamedPeersAtOneHostAreDialledAndNoFifth() {
		HostShares shares = new HostShares();
		List<Multiaddr> same = List.of(Multiaddr.parse("/ip4/1.2.3.4/tcp/1"), Multiaddr.parse("/ip4/1.2.3.4/tcp/2"));
		for (int count = 0; count < HostShares.MAX_PEERS; count++) {
			assertThat(shares.take(same)).isEqualTo(same);
		}
		assertThat(shares.take(same)).isEmpty();
		List<Multiaddr> more = List.of(same.get(0), Multiaddr.parse("/dns4/example.org/tcp/1"));
		assertThat(shares.take(more)).as("its other host").containsExactly(more.get(1));
		shares.giveBack(same);
		assertThat(shares.take(same)).isEqualTo(same);
	}

	private static AddrInfo named(int number) {
		return AddrInfo.of(SimNetwork.peerId(number));
	}

	@Test
	void namedPeersWaitUpToTheBoundAndAreDialledUpToTheirs() {
		PeerExchangeParams params = PeerExchangeParams.DEFAULT;
		DialQueue queue = new DialQueue(params.pending(), params.dials());
		for (int number = 0; number < 127; number++) {
			queue.addLast(named(number));
		}
		assertThat(queue.hasRoom()).as("127 wait").isTrue();
		queue.addLast(named(127));
		assertThat(queue.hasRoom()).as("128 wait").isFalse();
		queue.addLast(named(128));
		assertThat(queue.contains(SimNetwork.peerId(128))).as("one past it").isFalse();
		queue.addFirst(named(1000));
		assertThat(queue.next()).as("a direct peer has its place and its turn").isEqualTo(named(1000));
		for (int number = 0; number < 7; number++) {
			assertThat(queue.next()).isEqualTo(named(number));
		}
		assertThat(queue.next()).as("a ninth dial").isNull();
		queue.done(SimNetwork.peerId(3));
		assertThat(queue.next()).isEqualTo(named(7));
	}

	@Test
	void aPeerThatIsNamedAgainWhileItIsDialledTakesNoSecondPlace() {
		DialQueue queue = new DialQueue(128, 8);
		queue.addLast(named(1));
		queue.addLast(named(1));
		assertThat(queue.next()).isEqualTo(named(1));
		queue.addLast(named(1));
		queue.addFirst(named(1));
		assertThat(queue.contains(SimNetwork.peerId(1))).isTrue();
		assertThat(queue.next()).isNull();
		queue.done(SimNetwork.peerId(1));
		queue.addLast(named(1));
		assertThat(queue.next()).as("later on").isEqualTo(named(1));
	}

}

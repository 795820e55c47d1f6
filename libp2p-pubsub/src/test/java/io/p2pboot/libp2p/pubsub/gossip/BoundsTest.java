package io.p2pboot.libp2p.pubsub.gossip;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.multiformats.Multiaddr;
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
		ReadBudget budget = new ReadBudget(4000, turns::add);
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
	void framesOfOneByteAreNotFree() {
		List<Boolean> turns = new ArrayList<>();
		ReadBudget budget = new ReadBudget(4 * 1024 * 1024, turns::add);
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

}

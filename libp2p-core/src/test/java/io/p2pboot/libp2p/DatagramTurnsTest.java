package io.p2pboot.libp2p;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import io.p2pboot.libp2p.crypto.PrivateKey;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Row 10 of what an attacker did: 100,000 datagrams a second of one peer to a slow
 * handler, and none of another's is handled.
 */
class DatagramTurnsTest {

	private static final int CAPACITY = 8;

	private final AddrInfo flood = peer();

	private final AddrInfo other = peer();

	private final AddrInfo third = peer();

	private final DatagramTurns turns = new DatagramTurns(CAPACITY);

	@Test
	void asManyWaitAsMayAndForOneMoreTheOldestGoes() {
		for (int i = 0; i < CAPACITY; i++) {
			assertThat(this.turns.add(datagram(this.flood, i))).isFalse();
		}
		assertThat(this.turns.add(datagram(this.flood, CAPACITY))).isTrue();
		assertThat(drained()).containsExactly(1, 2, 3, 4, 5, 6, 7, 8);
		assertThat(this.turns.isEmpty()).isTrue();
		assertThat(this.turns.poll()).isNull();
	}

	@Test
	void peersTakeTurns() {
		for (int i = 0; i < 4; i++) {
			this.turns.add(datagram(this.flood, i));
		}
		this.turns.add(datagram(this.other, 10));
		this.turns.add(datagram(this.other, 11));
		this.turns.add(datagram(this.third, 20));
		assertThat(drained()).containsExactly(0, 10, 20, 1, 11, 2, 3);
	}

	@Test
	void theLongestQueueGivesWayToAPeerBelowItsShare() {
		for (int i = 0; i < CAPACITY; i++) {
			this.turns.add(datagram(this.flood, i));
		}
		for (int i = 10; i < 14; i++) {
			assertThat(this.turns.add(datagram(this.other, i))).isTrue();
		}
		assertThat(drained()).containsExactly(4, 10, 5, 11, 6, 12, 7, 13);
	}

	@Test
	void ofTwoWhoFloodNeitherTakesTheOthersHalf() {
		for (int i = 0; i < 1000; i++) {
			this.turns.add(datagram(this.flood, 0));
			this.turns.add(datagram(this.other, 1));
			this.turns.add(datagram(this.other, 1));
			this.turns.add(datagram(this.other, 1));
		}
		assertThat(drained()).containsExactly(0, 1, 0, 1, 0, 1, 0, 1);
	}

	@Test
	void allOfAModestPeersDatagramsAreHandledBesideAFlood() {
		int handled = 0;
		for (int second = 0; second < 1000; second++) {
			for (int i = 0; i < 100; i++) {
				this.turns.add(datagram(this.flood, 0));
			}
			this.turns.add(datagram(this.other, 1));
			for (int i = 0; i < 2; i++) {
				Datagram next = this.turns.poll();
				handled += (next != null) ? next.payload().get() : 0;
			}
		}
		assertThat(handled).isEqualTo(1000);
	}

	private List<Integer> drained() {
		List<Integer> values = new ArrayList<>();
		for (Datagram next = this.turns.poll(); next != null; next = this.turns.poll()) {
			values.add((int) next.payload().get());
		}
		return values;
	}

	private static AddrInfo peer() {
		return new AddrInfo(PeerId.of(PrivateKey.generate().publicKey()), List.of());
	}

	private static Datagram datagram(AddrInfo peer, int value) {
		return new Datagram(ByteBuffer.wrap(new byte[] { (byte) value }), peer, Fakes.of(DatagramFlow.class, Map.of()));
	}

}

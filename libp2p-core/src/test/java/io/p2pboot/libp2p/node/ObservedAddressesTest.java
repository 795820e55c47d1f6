package io.p2pboot.libp2p.node;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.netty.TestConnection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class ObservedAddressesTest {

	private static final Multiaddr SEEN = Multiaddr.parse("/ip4/8.8.8.8/tcp/4001");

	private final AtomicInteger changes = new AtomicInteger();

	private final ObservedAddresses observed = new ObservedAddresses(
			() -> List.of(Multiaddr.parse("/ip4/0.0.0.0/tcp/4001"), Multiaddr.parse("/ip6/::1/udp/1/quic-v1")),
			this.changes::incrementAndGet);

	@Test
	void thePublicAddressOfAListenerBehindAnAddressTranslationIsTaken() {
		this.observed.add(from("/ip4/9.9.9.9/tcp/1"), SEEN);
		assertThat(this.observed.all()).containsExactly(SEEN);
	}

	@ParameterizedTest
	@ValueSource(strings = { "/ip4/0.0.0.0/tcp/4001", "/ip4/224.0.0.1/tcp/4001", "/ip4/8.8.8.8/tcp/0",
			"/ip4/127.0.0.1/tcp/4001", "/ip4/10.0.0.1/tcp/4001", "/ip6/fd00::1/tcp/4001", "/ip4/8.8.8.8/udp/4001",
			"/ip4/8.8.8.8/tcp/4001/ws", "/ip4/8.8.8.8/tcp/4001/p2p-circuit", "/dns4/example.com/tcp/4001" })
	void whatAPeerOnTheInternetCannotSeeIsIgnored(String address) {
		this.observed.add(from("/ip4/9.9.9.9/tcp/1"), Multiaddr.parse(address));
		assertThat(this.observed.all()).isEmpty();
	}

	@Test
	void thePortThatAConnectionWasDialledFromIsNoAddressOfOurs() {
		this.observed.add(TestConnection.of("/ip4/10.0.0.1/tcp/50000", "/ip4/9.9.9.9/tcp/1"), SEEN);
		assertThat(this.observed.all()).isEmpty();
	}

	@Test
	void peersOfOneHostCountOnceAndTheMostConfirmedComesFirst() {
		Multiaddr other = Multiaddr.parse("/ip4/8.8.4.4/tcp/4001");
		for (int port = 1; port < 10; port++) {
			this.observed.add(from("/ip4/9.9.9.9/tcp/" + port), SEEN);
		}
		this.observed.add(from("/ip4/9.9.9.1/tcp/1"), other);
		this.observed.add(from("/ip4/9.9.9.2/tcp/1"), other);
		assertThat(this.observed.all()).containsExactly(other, SEEN);
	}

	@Test
	void fourObserversConfirmAnAddressAndThreeDoNot() {
		for (int host = 1; host <= 3; host++) {
			this.observed.add(from("/ip4/9.9.9." + host + "/tcp/1"), SEEN);
			this.observed.add(from("/ip6/2606:4700:0:1::" + host + "/tcp/1"), SEEN);
			this.observed.add(from("/ip4/9.9.9." + host + "/tcp/2"), SEEN);
			assertThat(this.observed.confirmed()).hasSize((host == 3) ? 1 : 0);
		}
	}

	@Test
	void ofTheConfirmedThoseOfTheMostObserversAreTold() {
		for (int port = 1; port <= ObservedAddresses.MAX_CONFIRMED + 1; port++) {
			int observers = ObservedAddresses.MIN_OBSERVERS + port - 1;
			for (int host = 1; host <= observers; host++) {
				this.observed.add(from("/ip4/9.9." + port + "." + host + "/tcp/1"),
						Multiaddr.parse("/ip4/8.8.8.8/tcp/" + port));
			}
		}
		assertThat(this.observed.confirmed()).hasSize(ObservedAddresses.MAX_CONFIRMED)
			.contains(Multiaddr.parse("/ip4/8.8.8.8/tcp/9"), Multiaddr.parse("/ip4/8.8.8.8/tcp/8"))
			.doesNotContain(Multiaddr.parse("/ip4/8.8.8.8/tcp/1"));
	}

	@Test
	void whatIsConfirmedAndWhatIsNotAnyMoreIsAChangeAndOneMoreObserverIsNone() {
		for (int host = 1; host <= ObservedAddresses.MIN_OBSERVERS; host++) {
			assertThat(this.changes).hasValue(0);
			this.observed.add(from("/ip4/9.9.9." + host + "/tcp/1"), SEEN);
		}
		assertThat(this.changes).hasValue(1);
		TestConnection fifth = from("/ip4/9.9.9.5/tcp/1");
		TestConnection again = from("/ip4/9.9.9.5/tcp/2");
		this.observed.add(fifth, SEEN);
		this.observed.add(again, SEEN);
		TestConnection sixth = from("/ip4/9.9.9.6/tcp/1");
		this.observed.add(sixth, Multiaddr.parse("/ip4/8.8.4.4/tcp/4002"));
		this.observed.remove(sixth);
		assertThat(this.changes).hasValue(1);
		for (int host = 1; host < ObservedAddresses.MIN_OBSERVERS; host++) {
			this.observed.add(from("/ip4/9.9.9." + host + "/tcp/3"), Multiaddr.parse("/ip4/8.8.4.4/tcp/4002"));
		}
		this.observed.remove(fifth);
		assertThat(this.changes).hasValue(1);
		assertThat(this.observed.confirmed()).containsExactly(SEEN);
	}

	@Test
	void anAddressIsConfirmedUntilTooFewNetworksSayIt() {
		List<TestConnection> connections = new ArrayList<>();
		for (int host = 1; host <= ObservedAddresses.MIN_OBSERVERS; host++) {
			connections.add(from("/ip4/9.9.9." + host + "/tcp/1"));
		}
		TestConnection second = from("/ip4/9.9.9.1/tcp/2");
		connections.forEach((connection) -> this.observed.add(connection, SEEN));
		this.observed.add(second, SEEN);
		this.observed.remove(connections.get(0));
		assertThat(this.observed.confirmed()).containsExactly(SEEN);
		assertThat(this.changes).hasValue(1);
		this.observed.remove(second);
		assertThat(this.observed.confirmed()).isEmpty();
		assertThat(this.changes).hasValue(2);
	}

	@Test
	void whatComesFromAConnectionThatHasEndedIsIgnored() {
		TestConnection ended = from("/ip4/9.9.9.9/tcp/1");
		this.observed.remove(ended);
		this.observed.add(ended.closed(), SEEN);
		assertThat(this.observed.all()).isEmpty();
	}

	@Test
	void theLastWordOnAConnectionCountsUntilItEnds() {
		TestConnection connection = from("/ip4/9.9.9.9/tcp/1");
		this.observed.add(connection, SEEN);
		Multiaddr later = Multiaddr.parse("/ip4/8.8.4.4/tcp/4002");
		this.observed.add(connection, later);
		assertThat(this.observed.all()).containsExactly(later);
		this.observed.remove(connection);
		assertThat(this.observed.all()).isEmpty();
	}

	@Test
	void oneNetworkSaysEightAddressesAndNotOneMore() {
		for (int port = 1; port <= ObservedAddresses.MAX_PER_NETWORK + 1; port++) {
			this.observed.add(from("/ip4/9.9.9.9/tcp/" + port), Multiaddr.parse("/ip4/8.8.8.8/tcp/" + port));
		}
		assertThat(this.observed.all()).hasSize(ObservedAddresses.MAX_PER_NETWORK)
			.doesNotContain(Multiaddr.parse("/ip4/8.8.8.8/tcp/9"));
		this.observed.add(from("/ip4/9.9.9.9/tcp/10"), Multiaddr.parse("/ip4/8.8.8.8/tcp/1"));
		assertThat(this.observed.all()).hasSize(ObservedAddresses.MAX_PER_NETWORK);
	}

	@Test
	void theTruthOfFiveIsToldWhateverSixtyFourConnectionsOfOneAddressSay() {
		for (int port = 1; port <= 64; port++) {
			this.observed.add(from("/ip4/9.9.9.9/tcp/" + port), Multiaddr.parse("/ip4/8.8.8.8/tcp/" + port));
		}
		for (int host = 1; host <= 5; host++) {
			this.observed.add(from("/ip4/9.9.8." + host + "/tcp/1"), SEEN);
		}
		assertThat(this.observed.confirmed()).containsExactly(SEEN);
	}

	@Test
	void theTruthOfFiveIsToldWhateverNetworksFillTheTable() {
		fill(ObservedAddresses.MAX_ADDRESSES);
		for (int host = 1; host <= 5; host++) {
			this.observed.add(from("/ip4/9.9.8." + host + "/tcp/1"), SEEN);
		}
		assertThat(this.observed.confirmed()).containsExactly(SEEN);
	}

	@Test
	void sixtyFourAddressesAreKeptAndOfTheseTheLeastObservedGoesFirst() {
		for (int host = 1; host <= 2; host++) {
			this.observed.add(from("/ip4/9.9.8." + host + "/tcp/1"), SEEN);
		}
		fill(ObservedAddresses.MAX_ADDRESSES - 1);
		assertThat(this.observed.all()).hasSize(ObservedAddresses.MAX_ADDRESSES)
			.contains(Multiaddr.parse("/ip4/8.8.8.8/tcp/1"));
		this.observed.add(from("/ip4/9.9.7.1/tcp/1"), Multiaddr.parse("/ip4/8.8.4.4/tcp/1"));
		assertThat(this.observed.all()).hasSize(ObservedAddresses.MAX_ADDRESSES)
			.startsWith(SEEN)
			.contains(Multiaddr.parse("/ip4/8.8.4.4/tcp/1"))
			.doesNotContain(Multiaddr.parse("/ip4/8.8.8.8/tcp/1"));
	}

	/** Each of so many networks says an address of its own. */
	private void fill(int addresses) {
		for (int port = 1; port <= addresses; port++) {
			this.observed.add(from("/ip4/9.8.7." + port + "/tcp/1"), Multiaddr.parse("/ip4/8.8.8.8/tcp/" + port));
		}
	}

	private static TestConnection from(String remote) {
		return TestConnection.of("/ip4/10.0.0.1/tcp/4001", remote);
	}

}

package io.p2pboot.libp2p.swarm;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.swarm.DialRanking.Trust;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** T35: which address is dialled when. */
class DialRankingTest {

	private static final String RELAY = "/ip4/203.0.113.9/tcp/4001/p2p/12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA"
			+ "/p2p-circuit";

	private static List<String> rank(String... addresses) {
		return rank(Map.of(), addresses);
	}

	private static List<String> rank(Map<String, Trust> trust, String... addresses) {
		Map<Multiaddr, Trust> trusts = new HashMap<>();
		for (String address : addresses) {
			trusts.put(Multiaddr.parse(address), trust.getOrDefault(address, Trust.TOLD_BY_THE_PEER));
		}
		return DialRanking.rank(Stream.of(addresses).map(Multiaddr::parse).toList(), trusts)
			.stream()
			.map((ranked) -> ranked.delay().toMillis() + " " + ranked.address())
			.toList();
	}

	@Test
	void quicComesBeforeTcpAndIp6BeforeIp4() {
		assertThat(rank("/ip4/203.0.113.1/tcp/1", "/ip6/2001:db8::1/tcp/1", "/ip4/203.0.113.1/udp/1/quic-v1",
				"/ip6/2001:db8::1/udp/1/quic-v1", "/ip4/203.0.113.1/tcp/2/ws"))
			.containsExactly("0 /ip6/2001:db8::1/udp/1/quic-v1", "250 /ip4/203.0.113.1/udp/1/quic-v1",
					"500 /ip6/2001:db8::1/tcp/1", "750 /ip4/203.0.113.1/tcp/1", "1000 /ip4/203.0.113.1/tcp/2/ws");
	}

	@Test
	void privateAddressesFollowEachOtherQuickly() {
		assertThat(rank("/ip4/127.0.0.1/tcp/1", "/ip4/10.0.0.1/tcp/1", "/ip6/fd00::1/tcp/1", "/memory/1"))
			.containsExactlyInAnyOrder("0 /ip6/fd00::1/tcp/1", "30 /ip4/127.0.0.1/tcp/1", "60 /ip4/10.0.0.1/tcp/1",
					"60 /memory/1");
	}

	@Test
	void privateAndPublicAddressesDoNotWaitForEachOther() {
		assertThat(rank("/ip4/203.0.113.1/tcp/1", "/ip4/10.0.0.1/tcp/1"))
			.containsExactlyInAnyOrder("0 /ip4/203.0.113.1/tcp/1", "0 /ip4/10.0.0.1/tcp/1");
	}

	@Test
	void relaysComeAfterAllDirectAddresses() {
		assertThat(rank(RELAY, "/ip4/203.0.113.1/tcp/1", "/ip4/203.0.113.2/tcp/1"))
			.containsExactly("0 /ip4/203.0.113.1/tcp/1", "250 /ip4/203.0.113.2/tcp/1", "500 " + RELAY);
	}

	@Test
	void theThirdOfATransportWaitsNoLongerThanTheSecondAndTheFamiliesTakeTurns() {
		assertThat(rank("/ip4/203.0.113.1/tcp/1", "/ip4/203.0.113.2/tcp/1", "/ip4/203.0.113.3/tcp/1",
				"/ip4/203.0.113.4/tcp/1", "/ip6/2600::1/tcp/1", "/ip6/2600::2/tcp/1", "/ip4/203.0.113.5/tcp/1/ws"))
			.containsExactly("0 /ip6/2600::1/tcp/1", "250 /ip4/203.0.113.1/tcp/1", "500 /ip6/2600::2/tcp/1",
					"500 /ip4/203.0.113.2/tcp/1", "500 /ip4/203.0.113.3/tcp/1", "500 /ip4/203.0.113.4/tcp/1",
					"750 /ip4/203.0.113.5/tcp/1/ws");
	}

	@Test
	void whatWorkedLatelyComesBeforeWhatThePeerSaysAndThatBeforeHearsay() {
		String good = "/ip4/203.0.113.1/tcp/1/ws";
		String signed = "/ip4/203.0.113.1/tcp/1";
		String told = "/ip6/2600::1/udp/1/quic-v1";
		String swallowed = "/ip6/2600::2/udp/1/quic-v1";
		assertThat(rank(Map.of(good, Trust.GOOD, told, Trust.HEARSAY, swallowed, Trust.BLACK_HOLE), swallowed, told,
				signed, good))
			.containsExactly("0 " + good, "250 " + signed, "500 " + told, "750 " + swallowed);
	}

	@Test
	void nothingIsNothing() {
		assertThat(DialRanking.rank(List.of(), Map.of())).isEmpty();
	}

}

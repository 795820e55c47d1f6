package io.p2pboot.libp2p.swarm;

import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;

import io.p2pboot.libp2p.multiformats.Multiaddr;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** T35: which address is dialled when. */
class DialRankingTest {

	private static final String RELAY = "/ip4/203.0.113.9/tcp/4001/p2p/12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA"
			+ "/p2p-circuit";

	private static List<String> rank(String... addresses) {
		return DialRanking.rank(Stream.of(addresses).map(Multiaddr::parse).toList())
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
					"90 /memory/1");
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
	void nothingIsNothing() {
		assertThat(DialRanking.rank(Collections.emptyList())).isEmpty();
	}

}

package io.p2pboot.libp2p;

import java.net.InetAddress;
import java.net.UnknownHostException;

import io.p2pboot.libp2p.multiformats.Multiaddr;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Networks at the edges of their prefixes.
 */
class IpNetworkTest {

	@ParameterizedTest
	@CsvSource({ "192.0.2.0/24, 192.0.2.0, true", "192.0.2.0/24, 192.0.2.255, true", "192.0.2.0/24, 192.0.3.0, false",
			"10.0.0.0/8, 10.255.255.255, true", "10.0.0.0/8, 11.0.0.0, false", "0.0.0.0/0, 255.1.2.3, true",
			"0.0.0.0/0, ::1, false", "::/0, 2001:db8::1, true", "::/0, 192.0.2.1, false", "192.0.2.7, 192.0.2.7, true",
			"192.0.2.7, 192.0.2.6, false", "192.0.2.4/31, 192.0.2.5, true", "192.0.2.4/31, 192.0.2.6, false",
			"2001:db8::/33, 2001:db8:7fff::, true", "2001:db8::/33, 2001:db8:8000::, false",
			"::ffff:192.0.2.0/24, 192.0.2.9, true", "192.0.2.0/24, ::ffff:192.0.2.9, true" })
	void containsWhatItsPrefixSays(String network, String address, boolean expected) throws UnknownHostException {
		assertThat(IpNetwork.parse(network).contains(InetAddress.getByName(address))).isEqualTo(expected);
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.1/8", "::/129", "::1/64",
			"localhost", "10.0.0.0/8/8", "10.0.0.0/ 8", "example.com/8", "1.2.3.4/tcp" })
	void whatIsNoNetworkIsRefused(String text) {
		assertThatIllegalArgumentException().isThrownBy(() -> IpNetwork.parse(text)).withMessageContaining(text);
	}

	@Test
	void isWrittenAsItIsRead() {
		assertThat(IpNetwork.parse("192.0.2.0/24")).hasToString("192.0.2.0/24");
		assertThat(IpNetwork.parse(IpNetwork.parse("2001:db8::/32").toString()))
			.isEqualTo(IpNetwork.parse("2001:db8::/32"));
	}

	@Test
	void anAddressThroughARelayIsNotTheRelays() {
		assertThat(IpNetwork.addressOf(Multiaddr.parse("/ip4/192.0.2.1/tcp/1"))).isPresent();
		assertThat(IpNetwork.addressOf(Multiaddr.parse("/ip6zone/eth0/ip6/fe80::1/tcp/1"))).isPresent();
		assertThat(IpNetwork.addressOf(Multiaddr
			.parse("/ip4/192.0.2.1/tcp/1/p2p/12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA/p2p-circuit")))
			.isEmpty();
		assertThat(IpNetwork.addressOf(Multiaddr.parse("/dns4/example.com/tcp/1"))).isEmpty();
		assertThat(IpNetwork.addressOf(Multiaddr.parse("/memory/1"))).isEmpty();
	}

}

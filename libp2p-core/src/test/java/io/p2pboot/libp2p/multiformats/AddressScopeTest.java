package io.p2pboot.libp2p.multiformats;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

class AddressScopeTest {

	@ParameterizedTest
	@CsvSource({ "/ip4/0.0.0.0/tcp/1, NOWHERE", "/ip4/0.1.2.3/tcp/1, NOWHERE", "/ip4/224.0.0.1/udp/1, NOWHERE",
			"/ip4/255.255.255.255/udp/1, NOWHERE", "/ip4/1.1.1.1/tcp/0, NOWHERE", "/ip6/::/tcp/1, NOWHERE",
			"/ip6/ff02::1/udp/1, NOWHERE", "/ip4/127.0.0.1/tcp/1, HOST", "/ip4/127.255.0.1/tcp/1, HOST",
			"/ip6/::1/tcp/1, HOST", "/ip6/::ffff:127.0.0.1/tcp/1, HOST", "/ip6/64:ff9b::7f00:1/tcp/1, HOST",
			"/dns4/localhost/tcp/1, HOST", "/dns/a.LOCALHOST/tcp/1, HOST", "/memory/7, HOST", "/unix/a, HOST",
			"/ip4/10.0.0.1/tcp/1, PRIVATE_NETWORK", "/ip4/172.16.0.1/tcp/1, PRIVATE_NETWORK",
			"/ip4/172.31.255.1/tcp/1, PRIVATE_NETWORK", "/ip4/192.168.0.1/tcp/1, PRIVATE_NETWORK",
			"/ip4/100.64.0.1/tcp/1, PRIVATE_NETWORK", "/ip4/169.254.0.1/tcp/1, PRIVATE_NETWORK",
			"/ip4/203.0.113.1/tcp/1, PRIVATE_NETWORK", "/ip6/fd00::1/tcp/1, PRIVATE_NETWORK",
			"/ip6/fe80::1/tcp/1, PRIVATE_NETWORK", "/ip6zone/eth0/ip6/fe80::1/tcp/1, PRIVATE_NETWORK",
			"/ip6/2001:db8::1/tcp/1, PRIVATE_NETWORK", "/ip6/::ffff:10.0.0.1/tcp/1, PRIVATE_NETWORK",
			"/ip4/1.1.1.1/tcp/1, INTERNET", "/ip4/172.32.0.1/tcp/1, INTERNET", "/ip4/100.128.0.1/tcp/1, INTERNET",
			"/ip4/223.255.255.255/tcp/1, INTERNET", "/ip6/2606:4700::1/udp/1/quic-v1, INTERNET",
			"/dns4/example.com/tcp/1, INTERNET", "/dnsaddr/example.com, INTERNET",
			"/ip4/1.1.1.1/tcp/1/p2p-circuit, INTERNET" })
	void addressesAreClassifiedByTheirFirstHop(String address, AddressScope scope) {
		assertThat(AddressScope.of(Multiaddr.parse(address))).isEqualTo(scope);
	}

	@Test
	void anAddressIsOfUseToThoseWhoAreAtLeastAsNear() {
		for (AddressScope distance : AddressScope.values()) {
			assertThat(AddressScope.NOWHERE.reaches(distance)).isFalse();
			assertThat(AddressScope.INTERNET.reaches(distance)).isTrue();
		}
		assertThat(AddressScope.HOST.reaches(AddressScope.HOST)).isTrue();
		assertThat(AddressScope.HOST.reaches(AddressScope.PRIVATE_NETWORK)).isFalse();
		assertThat(AddressScope.HOST.reaches(AddressScope.INTERNET)).isFalse();
		assertThat(AddressScope.PRIVATE_NETWORK.reaches(AddressScope.HOST)).isTrue();
		assertThat(AddressScope.PRIVATE_NETWORK.reaches(AddressScope.PRIVATE_NETWORK)).isTrue();
		assertThat(AddressScope.PRIVATE_NETWORK.reaches(AddressScope.INTERNET)).isFalse();
	}

}

package io.p2pboot.libp2p.transport;

import java.net.InetAddress;

import io.p2pboot.libp2p.multiformats.Multiaddr;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

public class ResolvedNameTest {

	/** What an address with a name becomes for one of its addresses. */
	public static Multiaddr resolved(Multiaddr address, String name, InetAddress ip) {
		return AddressResolver.withHost(address, name, ip);
	}

	// T38, and go-libp2p's Resolve: the certificate is checked against the name
	@ParameterizedTest
	@CsvSource({ "/dns4/example.com/tcp/443/wss, /ip4/192.0.2.1/tcp/443/tls/sni/example.com/ws",
			"/dns/example.com/tcp/443/tls/ws, /ip4/192.0.2.1/tcp/443/tls/sni/example.com/ws",
			"/dns4/example.com/tcp/443/tls/sni/other.example/ws, /ip4/192.0.2.1/tcp/443/tls/sni/other.example/ws",
			"/dns4/example.com/tcp/80/ws, /ip4/192.0.2.1/tcp/80/sni/example.com/ws",
			"/dns4/example.com/tcp/4001, /ip4/192.0.2.1/tcp/4001",
			"/dns4/example.com/udp/4001/quic-v1, /ip4/192.0.2.1/udp/4001/quic-v1" })
	void tlsGoesOnToAskForTheName(String address, String resolved) throws Exception {
		String name = address.split("/")[2];
		assertThat(AddressResolver.withHost(Multiaddr.parse(address), name, InetAddress.getByName("192.0.2.1")))
			.isEqualTo(Multiaddr.parse(resolved));
	}

}

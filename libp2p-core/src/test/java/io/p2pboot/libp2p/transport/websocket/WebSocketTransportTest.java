package io.p2pboot.libp2p.transport.websocket;

import java.util.List;

import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.transport.RawTransportConformance;
import io.p2pboot.libp2p.transport.Transport;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

class WebSocketTransportTest extends RawTransportConformance {

	@Override
	protected Transport createTransport() {
		return new WebSocketTransport();
	}

	@Override
	protected Multiaddr anyPort() {
		return Multiaddr.parse("/ip4/127.0.0.1/tcp/0/ws");
	}

	@Override
	protected List<String> foreignAddresses() {
		return List.of("/ip4/127.0.0.1/tcp/1", "/ip4/127.0.0.1/udp/1/ws", "/dns4/localhost/tcp/1/ws",
				"/ip4/127.0.0.1/tcp/1/http", "/ip4/127.0.0.1/tcp/1/tls", "/ip4/127.0.0.1/tcp/1/tls/sni/example.com",
				"/memory/1");
	}

	// T1
	@Test
	void supportsEveryWayToWriteAWebSocketAddress() {
		for (String above : List.of("/ws", "/wss", "/tls/ws", "/tls/sni/example.com/ws")) {
			assertThat(this.clientTransport.supports(Multiaddr.parse("/ip4/192.0.2.1/tcp/443" + above))).isTrue();
			assertThat(this.clientTransport.supports(Multiaddr.parse(
					"/ip6/2001:db8::1/tcp/443" + above + "/p2p/12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA")))
				.isTrue();
		}
	}

	@Test
	void listeningOverTlsNeedsACertificate() {
		assertThatIllegalStateException()
			.isThrownBy(() -> this.serverTransport.listen(Multiaddr.parse("/ip4/127.0.0.1/tcp/0/wss")))
			.withMessageContaining("certificate");
	}

	@Test
	void listensOnIpv6() throws Exception {
		echo(dial(listen(Multiaddr.parse("/ip6/::1/tcp/0/ws")).address()), 1000);
	}

}

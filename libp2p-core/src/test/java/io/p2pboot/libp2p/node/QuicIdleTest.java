package io.p2pboot.libp2p.node;

import java.time.Duration;
import java.util.List;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.ConnectionLost;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamProtocol;
import io.p2pboot.libp2p.transport.quic.QuicConfig;
import io.p2pboot.libp2p.transport.quic.QuicTransport;
import io.p2pboot.libp2p.transport.quic.UdpRelay;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * QUIC peers that are gone.
 */
class QuicIdleTest extends NodeSuite {

	private static final ProtocolPath PATH = ProtocolPath.of("/idle/1.0.0");

	@Override
	NodeLink link() {
		return NodeLink.QUIC;
	}

	@Override
	NodeBuilder clientBuilder() {
		return NodeBuilder.create()
			.transport(new QuicTransport(QuicConfig.DEFAULT.withTimeouts(QuicConfig.DEFAULT_HANDSHAKE_TIMEOUT,
					Duration.ofSeconds(4), Duration.ofSeconds(1))))
			.shutdownGrace(Duration.ZERO);
	}

	@Test
	void whoeverWaitsForAPeerThatIsGoneHearsThatItWasTheIdleTimeout() throws Exception {
		this.server.mountProtocol(PATH, StreamProtocol.create());
		try (UdpRelay path = new UdpRelay(this.server.listenAddresses().get(0), true)) {
			AddrInfo peer = new AddrInfo(this.server.peerId(), List.of(path.address()));
			Stream stream = this.client.openStream(peer, PATH);
			path.largest(0);
			assertThatExceptionOfType(ConnectionLost.class).isThrownBy(() -> stream.inputStream().read())
				.withMessageContaining("idle timeout of 4000 ms");
		}
	}

}

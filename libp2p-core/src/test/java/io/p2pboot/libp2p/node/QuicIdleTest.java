package io.p2pboot.libp2p.node;

import java.io.IOException;
import java.io.InputStream;
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

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * QUIC peers that are gone.
 */
class QuicIdleTest extends NodeSuite {

	private static final ProtocolPath PATH = ProtocolPath.of("/idle/1.0.0");

	private static final int SMALLER_BYTES = 1300;

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

	/** RFC 9000, section 14.3; RFC 8899, section 4.3. */
	@Test
	void aPathThatTakesSmallerPacketsThanBeforeIsGivenUpAndDialledAnew() throws Exception {
		StreamProtocol serving = this.server.mountProtocol(PATH, StreamProtocol.create());
		try (UdpRelay path = new UdpRelay(this.server.listenAddresses().get(0), true)) {
			AddrInfo peer = new AddrInfo(this.server.peerId(), List.of(path.address()));
			Stream stream = this.client.openStream(peer, PATH);
			InputStream received = serving.acceptStream().inputStream();
			// The dialler finds out what the path takes with what it sends, and uses it
			// once
			// a probe was acknowledged.
			for (int larger = 0; larger < 5; larger += (path.seen() > SMALLER_BYTES) ? 1 : 0) {
				stream.outputStream().write(new byte[10_000]);
				assertThat(received.readNBytes(10_000)).hasSize(10_000);
			}
			path.largest(SMALLER_BYTES);
			assertThatExceptionOfType(ConnectionLost.class).isThrownBy(() -> writeOn(stream))
				.withMessageContaining("The path takes nothing any more");
			try (Stream again = this.client.openStream(peer, PATH)) {
				again.outputStream().write(new byte[100_000]);
				assertThat(serving.acceptStream().inputStream().readNBytes(100_000)).hasSize(100_000);
			}
		}
	}

	private static void writeOn(Stream stream) throws IOException {
		while (true) {
			stream.outputStream().write(new byte[100_000]);
		}
	}

}

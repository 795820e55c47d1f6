package io.p2pboot.libp2p.node;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.ConnectionLost;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamProtocol;
import io.p2pboot.libp2p.transport.quic.UdpRelay;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class QuicNodeTest extends NodeConformance {

	private static final ProtocolPath HELD = ProtocolPath.of("/held/1.0.0");

	@Override
	NodeLink link() {
		return NodeLink.QUIC;
	}

	@Test
	void aPingFindsRoomThoughStreamsWaitForThePeer() throws Exception {
		this.server.mountProtocol(HELD, StreamProtocol.create(4096));
		Connection connection = this.client.connect(this.server.addrInfo());
		for (int i = 0; i < 2000; i++) {
			this.client.openStream(connection, List.of(HELD), (stream) -> {
			});
		}
		eventually("all that the peer allows", () -> connection.streams() >= 250);
		assertThat(this.client.ping(this.server.addrInfo())).isLessThan(Duration.ofSeconds(9));
		assertThat(this.client.connections()).hasSize(1);
	}

	/** RFC 9000, section 14.3; RFC 8899, section 4.3. */
	@Test
	@Timeout(120)
	void aPathThatTakesSmallerPacketsThanBeforeIsGivenUpAndDialledAnew() throws Exception {
		StreamProtocol serving = this.server.mountProtocol(HELD, StreamProtocol.create());
		try (UdpRelay path = new UdpRelay(this.server.listenAddresses().get(0), true)) {
			AddrInfo peer = new AddrInfo(this.server.peerId(), List.of(path.address()));
			Stream stream = this.client.openStream(peer, HELD);
			stream.outputStream().write(new byte[100_000]);
			assertThat(serving.acceptStream().inputStream().readNBytes(100_000)).hasSize(100_000);
			path.largest(1300);
			assertThatExceptionOfType(ConnectionLost.class).isThrownBy(() -> writeOn(stream));
			try (Stream again = this.client.openStream(peer, HELD)) {
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

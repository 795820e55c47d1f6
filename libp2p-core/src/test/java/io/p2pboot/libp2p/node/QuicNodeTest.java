package io.p2pboot.libp2p.node;

import java.time.Duration;
import java.util.List;

import io.netty.channel.epoll.Epoll;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.StreamProtocol;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

class QuicNodeTest extends NodeConformance {

	private static final ProtocolPath HELD = ProtocolPath.of("/held/1.0.0");

	@Override
	NodeLink link() {
		return NodeLink.QUIC;
	}

	/**
	 * On NIO a close may come before the reader has taken what waits in the codec, and
	 * takes that with it.
	 */
	@Override
	@Test
	void whatWasWrittenArrivesThoughTheNodeClosesAtOnce() throws Exception {
		assumeTrue(Epoll.isAvailable(), "epoll, which hands on what has come before a close");
		super.whatWasWrittenArrivesThoughTheNodeClosesAtOnce();
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

}

package io.p2pboot.libp2p.node;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.IdentifiedPeer;
import io.p2pboot.libp2p.NodeObserver;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A connection can be used before all have heard of it.
 */
class IdentifyOnArrivalTest extends NodeSuite {

	private final CountDownLatch arrived = new CountDownLatch(1);

	private final CountDownLatch asked = new CountDownLatch(1);

	@Override
	NodeLink link() {
		return NodeLink.TCP;
	}

	@Override
	NodeBuilder serverBuilder() {
		return super.serverBuilder().observer(new NodeObserver() {

			/** Takes its time, on the event loop. */
			@Override
			public void connectionOpened(Connection connection, Duration handshake) {
				IdentifyOnArrivalTest.this.arrived.countDown();
				try {
					IdentifyOnArrivalTest.this.asked.await(1, TimeUnit.SECONDS);
				}
				catch (InterruptedException ex) {
					Thread.currentThread().interrupt();
				}
			}

		});
	}

	@Test
	void aPeerThatHasJustArrivedIsIdentified() throws Exception {
		this.client.connectAsync(this.server.addrInfo());
		assertThat(this.arrived.await(20, TimeUnit.SECONDS)).isTrue();
		IdentifiedPeer peer = this.server.identify(new AddrInfo(this.client.peerId(), List.of()));
		this.asked.countDown();
		assertThat(peer.id()).isEqualTo(this.client.peerId());
	}

}

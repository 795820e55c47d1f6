package io.p2pboot.libp2p.node;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

import io.netty.channel.epoll.Epoll;
import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.DatagramProtocol;
import io.p2pboot.libp2p.DatagramTooLarge;
import io.p2pboot.libp2p.ProtocolHost;
import io.p2pboot.libp2p.protocol.datagram.DatagramService;
import io.p2pboot.libp2p.transport.quic.QuicConfig;
import io.p2pboot.libp2p.transport.quic.QuicTransport;
import io.p2pboot.libp2p.transport.quic.UdpRelay;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

class QuicDatagramTest extends DatagramConformance {

	@Override
	NodeLink link() {
		return NodeLink.QUIC;
	}

	private int limit() {
		return ((ProtocolHost) this.client).maxDatagramBytes(this.server.addrInfo(), PATH).orElseThrow();
	}

	@Test
	void datagramsTravelBesideTheStreams() throws Exception {
		assertThat(this.server.protocols()).contains(DatagramService.CONTROL);
		serve(this.server);
		send("beside");
		assertThat(next()).isEqualTo("beside");
		assertThat(this.clientEvents.openStreams(DatagramService.CONTROL)).isEqualTo(1);
		assertThat(this.clientEvents.openStreams(PATH)).isZero();
	}

	@Test
	void aDatagramMayFillAPacketAndNotMore() throws Exception {
		serve(this.server);
		send("open");
		assertThat(next()).isEqualTo("open");
		this.client.sendDatagram(this.server.addrInfo(), PATH, ByteBuffer.allocate(limit()));
		assertThat(next()).isNotEmpty();
		assertThatExceptionOfType(DatagramTooLarge.class)
			.isThrownBy(() -> this.client.sendDatagram(this.server.addrInfo(), PATH, ByteBuffer.allocate(1 << 16)));
	}

	@Test
	void theSizeIsNeverMoreThanWhatThePathTakes() throws Exception {
		// Without, packets are as small as any path takes, and nothing is looked for.
		assumeTrue(Epoll.isAvailable() || Runtime.version().feature() >= 19, "IP_DONTFRAGMENT can be set");
		DatagramProtocol serving = this.server.mountProtocol(PATH, DatagramProtocol.create(4096));
		try (UdpRelay path = new UdpRelay(this.server.listenAddresses().get(0), true)) {
			path.largest(1350);
			AddrInfo peer = new AddrInfo(this.server.peerId(), List.of(path.address()));
			this.client.connect(peer);
			eventually("the path known", () -> {
				assertThat(limit()).isLessThan(1350);
				return limit() > 1290;
			});
			this.client.sendDatagram(peer, PATH, ByteBuffer.allocate(limit()));
			assertThat(serving.acceptDatagram().payload().remaining()).isGreaterThan(1290);
		}
	}

	@Test
	void ofManyThousandEachIsDeliveredOrCounted() throws Exception {
		DatagramProtocol serving = this.server.mountProtocol(PATH, DatagramProtocol.create(1 << 16));
		AtomicInteger arrived = new AtomicInteger();
		serving.serve(this.executor, (datagram) -> arrived.incrementAndGet());
		for (int i = 0; i < 10_000; i++) {
			this.client.sendDatagram(this.server.addrInfo(), PATH, ByteBuffer.allocate(1000));
			if (i % 20 == 0) {
				// A receiver that gets no processor has room for so many only.
				LockSupport.parkNanos(1_000_000);
			}
		}
		eventually("all sent or dropped", () -> this.clientEvents.sent() + this.clientEvents.dropped() == 10_000);
		// The path is this machine, but its buffers may overflow.
		eventually("nearly all delivered", () -> arrived.get() >= this.clientEvents.sent() * 0.99);
	}

	@Test
	void aNodeWithoutThemUsesAStream() throws Exception {
		NodeBuilder plain = NodeBuilder.create()
			.transport(new QuicTransport(QuicConfig.DEFAULT.withDatagramQueue(0)))
			.observer(this.clientEvents);
		this.client = started(plain);
		assertThat(this.client.protocols()).doesNotContain(DatagramService.CONTROL);
		serve(this.server);
		send("on a stream");
		assertThat(next()).isEqualTo("on a stream");
		assertThat(this.clientEvents.openStreams(PATH)).isEqualTo(1);
		assertThat(limit()).isEqualTo(DatagramService.DEFAULT_MAX_BYTES);
	}

}

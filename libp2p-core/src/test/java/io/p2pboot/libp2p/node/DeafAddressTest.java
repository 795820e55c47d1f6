package io.p2pboot.libp2p.node;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.NodeObserver;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.PeerRecord;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.transport.quic.QuicTransport;
import io.p2pboot.libp2p.transport.tcp.TcpTransport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * A peer of which most addresses swallow what is sent there. When each dial begins is
 * shown to the millisecond by the test of the race.
 */
@Timeout(120)
class DeafAddressTest {

	private static final Duration FOREVER = Duration.ofMillis(Integer.MAX_VALUE);

	private final List<AutoCloseable> open = new ArrayList<>();

	private final AtomicInteger dials = new AtomicInteger();

	private NettyNode server;

	private NettyNode client;

	@BeforeEach
	void start() throws IOException {
		this.server = builder(new TcpTransport()).listen("/ip4/127.0.0.1/tcp/0").start();
		// Whoever waits for the deaf waits until the test fails.
		this.client = builder(new TcpTransport(FOREVER)).observer(new NodeObserver() {
			@Override
			public void dialCompleted(PeerId peer, boolean success, int dials, Duration elapsed) {
				DeafAddressTest.this.dials.set(dials);
			}
		}).start();
	}

	private static NodeBuilder builder(TcpTransport tcp) {
		NodeBuilder builder = NodeBuilder.create().transport(tcp).shutdownGrace(Duration.ZERO);
		return QuicTransport.isAvailable() ? builder.transport(new QuicTransport()) : builder;
	}

	@AfterEach
	void close() throws Exception {
		this.client.close();
		this.server.close();
		for (AutoCloseable each : this.open) {
			each.close();
		}
	}

	@ParameterizedTest
	@CsvSource({ "udp, 8", "udp, 20", "tcp, 8" })
	void aPeerIsReachedBesideItsDeafAddresses(String layer, int count) throws Exception {
		List<Multiaddr> addresses = deaf(layer, count);
		addresses.addAll(this.server.listenAddresses());
		this.client.connect(new AddrInfo(this.server.peerId(), addresses), Duration.ofSeconds(60));
		assertThat(this.client.connections()).hasSize(1);
		assertThat(this.dials.get()).isGreaterThan(1);
	}

	@Test
	void aSignedAddressIsDialledBeforeThoseThatAnybodyTells() throws Exception {
		this.client.peerStore().addAddresses(this.server.peerId(), deaf("tcp", 3), Duration.ofHours(1));
		PeerRecord signed = new PeerRecord(this.server.peerId(), 1, this.server.listenAddresses());
		this.client.peerStore().addRecord(signed, Duration.ofHours(1));
		this.client.peerStore().addAddresses(this.server.peerId(), this.server.listenAddresses(), Duration.ofHours(1));
		this.client.connect(AddrInfo.of(this.server.peerId()), Duration.ofSeconds(60));
		assertThat(this.client.connection(this.server.peerId()).orElseThrow().remoteAddress())
			.isEqualTo(this.server.listenAddresses().get(0));
	}

	@Test
	void anAddressThatWorkedLatelyIsDialledFirst() throws Exception {
		this.client.connect(this.server.addrInfo());
		this.client.disconnect(this.server.peerId());
		NodeSuite.eventually("disconnected", () -> this.client.connections().isEmpty());
		List<Multiaddr> addresses = deaf("tcp", 9);
		addresses.addAll(this.server.listenAddresses());
		this.client.connect(new AddrInfo(this.server.peerId(), addresses), Duration.ofSeconds(60));
		assertThat(this.client.connections()).hasSize(1);
	}

	/** What the first source says is deaf: the next one is asked meanwhile. */
	@Test
	void theNextSourceIsAskedWhileTheAddressesOfTheFirstAreDeaf() throws Exception {
		this.client.peerStore()
			.addAddresses(this.server.peerId(), List.of(Multiaddr.parse("/ip4/127.0.0.1/tcp/1")), Duration.ofHours(1));
		this.client.peerStore()
			.addRecord(new PeerRecord(this.server.peerId(), 1, List.of(routable())), Duration.ofHours(1));
		this.client.connect(new AddrInfo(this.server.peerId(), deaf("tcp", 2)), Duration.ofSeconds(60));
		assertThat(this.client.connections()).hasSize(1);
	}

	private Multiaddr routable() {
		return this.server.listenAddresses().get(0);
	}

	private List<Multiaddr> deaf(String layer, int count) throws IOException {
		assumeThat(layer.equals("tcp") || QuicTransport.isAvailable()).as("QUIC's native library").isTrue();
		List<Multiaddr> addresses = new ArrayList<>();
		for (int index = 0; index < count; index++) {
			addresses.add(layer.equals("udp") ? deafUdp() : deafTcp());
		}
		return addresses;
	}

	private Multiaddr deafUdp() throws IOException {
		DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress());
		this.open.add(socket);
		return Multiaddr.parse("/ip4/127.0.0.1/udp/" + socket.getLocalPort() + "/quic-v1");
	}

	/** With its queue of connections full, the kernel drops what asks for one more. */
	private Multiaddr deafTcp() throws IOException {
		ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
		this.open.add(socket);
		boolean full = false;
		while (!full) {
			Socket filler = new Socket();
			this.open.add(filler);
			try {
				filler.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), socket.getLocalPort()), 100);
			}
			catch (IOException ex) {
				full = true;
			}
		}
		return Multiaddr.parse("/ip4/127.0.0.1/tcp/" + socket.getLocalPort());
	}

}

package io.p2pboot.libp2p.transport.quic;

import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.transport.DialOptions;
import io.p2pboot.libp2p.transport.Listener;
import io.p2pboot.libp2p.transport.MuxedConnection;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What strangers send to the port of a listener: T45 and bar B11.
 */
class QuicAttackTest extends QuicSuite {

	private static final int JUNK = 100_000;

	/** What RFC 9000, section 8.1, allows for an address that is not validated. */
	private static final int AMPLIFICATION = 3;

	private static final long MANY_HEAP_BYTES = 16 << 20;

	/** Handshakes that do not go on, since no answer arrives. */
	private List<Future<MuxedConnection>> stall(UdpRelay deaf, int count) {
		List<Future<MuxedConnection>> dials = new ArrayList<>();
		for (int i = 0; i < count; i++) {
			dials.add(this.clientTransport.dial(deaf.address(), DialOptions.ANY_PEER));
		}
		return dials;
	}

	@Test
	void peersProveTheirAddressWhileThereIsMuchToDoAndConnect() throws Exception {
		Listener listener = listen(ANY_PORT);
		try (UdpRelay deaf = new UdpRelay(listener.address(), false);
				UdpRelay relay = new UdpRelay(listener.address(), true)) {
			dial(relay.address());
			this.server.nextInbound();
			assertThat(relay.retries()).isZero();
			List<Future<MuxedConnection>> stalled = stall(deaf, QuicSocket.RETRY_ABOVE + 1);
			long end = System.nanoTime() + HANDSHAKE.toNanos();
			while (relay.retries() == 0 && System.nanoTime() < end) {
				// On a busy machine some of the others may have been given up by now.
				stalled.addAll(stall(deaf, 1));
				dial(relay.address());
				this.server.nextInbound();
			}
			assertThat(relay.retries()).isPositive();
			assertThat(deaf.bytesFromListener()).isLessThanOrEqualTo(AMPLIFICATION * deaf.bytesToListener());
			stalled.forEach((dial) -> dial.cancel(false));
		}
	}

	@Test
	void asManyHandshakesAsAllowedAreAnsweredAtOnce() throws Exception {
		Listener listener = listen(ANY_PORT);
		try (UdpRelay deaf = new UdpRelay(listener.address(), false)) {
			List<Future<MuxedConnection>> stalled = stall(deaf, QuicSocket.RETRY_ABOVE);
			try (UdpRelay relay = new UdpRelay(listener.address(), true)) {
				for (int i = 0; i < 3; i++) {
					dial(relay.address());
					this.server.nextInbound();
				}
				assertThat(relay.retries()).isZero();
			}
			stalled.forEach((dial) -> dial.cancel(false));
		}
	}

	/** Teku CL-2020-09 was 1,000 packets of 46 random bytes. */
	@Test
	void junkLeavesNothingAndIsNotAnsweredWithMore() throws Exception {
		Listener listener = listen(ANY_PORT);
		dial(listener.address());
		this.server.nextInbound();
		long heapBefore = usedHeap();
		long sent = 0;
		long answered = 0;
		try (DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
			InetSocketAddress to = target(listener.address());
			Random random = new Random(11);
			for (int i = 0; i < JUNK; i++) {
				byte[] packet = junk(random, i);
				sent += packet.length;
				socket.send(new DatagramPacket(packet, packet.length, to));
			}
			answered = drain(socket);
		}
		assertThat(answered).isLessThanOrEqualTo(AMPLIFICATION * sent);
		dial(listener.address());
		this.server.nextInbound();
		assertThat(usedHeap() - heapBefore).isLessThan(MANY_HEAP_BYTES);
	}

	/** Random bytes, some of which look like the beginning of something. */
	private static byte[] junk(Random random, int index) {
		byte[] packet = new byte[random.nextInt(1, 1_400)];
		random.nextBytes(packet);
		if (index % 4 == 0 && packet.length > 6) {
			packet[0] = (byte) (0xC0 | packet[0] & 0x3F);
			packet[1] = 0;
			packet[2] = 0;
			packet[3] = 0;
			packet[4] = 1;
			packet[5] = (byte) (packet[5] & 0x1F);
		}
		return packet;
	}

	private static InetSocketAddress target(Multiaddr address) {
		return address.ipSocketAddress().orElseThrow();
	}

	private static long drain(DatagramSocket socket) throws Exception {
		socket.setSoTimeout(200);
		long bytes = 0;
		byte[] buffer = new byte[2_000];
		while (true) {
			DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
			try {
				socket.receive(packet);
				bytes += packet.getLength();
			}
			catch (SocketTimeoutException ex) {
				return bytes;
			}
		}
	}

	private static long usedHeap() {
		System.gc();
		Runtime runtime = Runtime.getRuntime();
		return runtime.totalMemory() - runtime.freeMemory();
	}

}

package io.p2pboot.libp2p.transport.quic;

import java.net.ConnectException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.SocketTimeoutException;

import io.netty.buffer.Unpooled;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.Role;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.transport.DialOptions;
import io.p2pboot.libp2p.transport.Listener;
import io.p2pboot.libp2p.transport.MuxedConnection;
import io.p2pboot.libp2p.transport.Transport;
import io.p2pboot.libp2p.transport.quic.MuxNode.Inbox;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Dials as responder (libp2p/specs relay/DCUtR.md).
 */
class HolePunchTest extends QuicSuite {

	private static final DialOptions RESPONDER = DialOptions.ANY_PEER.withRole(Role.RESPONDER);

	@Test
	void theConnectionThatThePeerDialsIsTheDials() throws Exception {
		Listener listener = listen(ANY_PORT);
		Listener own = await(this.clientTransport.listen(ANY_PORT));
		Future<MuxedConnection> waiting = this.serverTransport.dial(own.address(),
				DialOptions.to(this.client.peer()).withRole(Role.RESPONDER));
		MuxedConnection initiator = dial(listener.address());
		MuxedConnection responder = await(waiting);
		assertThat(responder.direction()).isEqualTo(Direction.OUTBOUND);
		assertThat(responder.peer().remotePeer()).isEqualTo(this.client.peer());
		assertThat(responder.local()).isEqualTo(listener.address());
		assertThat(responder.remote()).isEqualTo(own.address());
		assertThat(this.server.waitingInbound()).isZero();
		for (MuxedConnection connection : new MuxedConnection[] { initiator, responder }) {
			Inbox inbox = new Inbox();
			DuplexChannel stream = open(connection, inbox);
			stream.writeAndFlush(Unpooled.wrappedBuffer(new byte[1000]));
			await(stream.shutdownOutput());
			assertThat(inbox.nextEvent()).isEqualTo("ChannelOutputShutdownEvent");
			assertThat(inbox.nextEvent()).isEqualTo("ChannelInputShutdownEvent");
			assertThat(inbox.bytes()).isEqualTo(1000);
		}
		// The next is an ordinary one again.
		dial(listener.address());
		assertThat(this.server.nextInbound().direction()).isEqualTo(Direction.INBOUND);
	}

	@Test
	void whoIsNotExpectedIsAnInboundConnection() throws Exception {
		Listener listener = listen(ANY_PORT);
		Listener own = await(this.clientTransport.listen(ANY_PORT));
		Future<MuxedConnection> waiting = this.serverTransport.dial(own.address(),
				DialOptions.to(this.server.peer()).withRole(Role.RESPONDER));
		dial(listener.address());
		assertThat(this.server.nextInbound().direction()).isEqualTo(Direction.INBOUND);
		assertThat(waiting.cancel(false)).isTrue();
	}

	@Test
	void packetsLeaveTheListeningPortUntilTheDialEnds() throws Exception {
		Listener listener = listen(ANY_PORT);
		try (DatagramSocket peer = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
			Future<MuxedConnection> waiting = this.serverTransport
				.dial(Multiaddr.parse("/ip4/127.0.0.1/udp/" + peer.getLocalPort() + "/quic-v1"), RESPONDER);
			DatagramPacket packet = new DatagramPacket(new byte[2000], 2000);
			peer.setSoTimeout(20_000);
			for (int i = 0; i < 4; i++) {
				peer.receive(packet);
				assertThat(packet.getLength()).isEqualTo(HolePunches.PACKET_BYTES);
				assertThat(packet.getPort()).isEqualTo(listener.address().ipSocketAddress().orElseThrow().getPort());
				assertThat(packet.getData()[0] & 0xC0).as("the bits of a QUIC packet").isZero();
			}
			waiting.cancel(false);
			peer.setSoTimeout(2 * (int) HolePunches.LONGEST_PAUSE.toMillis());
			// One may be under way.
			assertThatExceptionOfType(SocketTimeoutException.class).isThrownBy(() -> {
				peer.receive(packet);
				peer.receive(packet);
			});
		}
	}

	@Test
	void aPeerThatDoesNotDialIsNotWaitedForLongerThanAHandshake() throws Exception {
		Transport impatient = transport(this.server, impatient());
		Listener listener = await(impatient.listen(ANY_PORT));
		try (DatagramSocket peer = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
			Multiaddr address = Multiaddr.parse("/ip4/127.0.0.1/udp/" + peer.getLocalPort() + "/quic-v1");
			assertThat(failureOf(impatient.dial(address, RESPONDER))).isInstanceOf(SocketTimeoutException.class)
				.hasMessageContaining("did not dial this node within 500 ms")
				.hasMessageContaining(address.toString());
		}
		await(listener.close());
	}

	@Test
	void aResponderThatListensNowhereFails() throws Exception {
		assertThat(failureOf(this.clientTransport.dial(listen(ANY_PORT).address(), RESPONDER)))
			.isInstanceOf(ConnectException.class)
			.hasMessageContaining("no listener leads there");
		assertThat(this.server.waitingInbound()).isZero();
	}

}

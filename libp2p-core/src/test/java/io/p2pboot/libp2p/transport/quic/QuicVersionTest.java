package io.p2pboot.libp2p.transport.quic;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.transport.DialOptions;
import io.p2pboot.libp2p.transport.MuxedConnection;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Version negotiation (RFC 9000, section 6), with packets written by hand.
 */
class QuicVersionTest extends QuicSuite {

	private static final int LONG_HEADER = 0x80;

	private static final int INITIAL = 0xC0;

	private static final int VERSION_1 = 1;

	/** Reserved to exercise version negotiation (RFC 9000, section 15). */
	private static final int NO_VERSION = 0x1A2A3A4A;

	private static final byte[] DESTINATION = { 1, 2, 3, 4, 5, 6, 7, 8 };

	private static final byte[] SOURCE = { 11, 12, 13, 14, 15, 16, 17, 18 };

	/** How long nothing has to come for nothing to be coming. */
	private static final int QUIET_MILLIS = 200;

	/** How long what has to come may take. */
	private static final int PATIENCE_MILLIS = 10_000;

	/** Far less than a handshake that gets no answer takes. */
	private static final int AT_ONCE_SECONDS = 5;

	private static final int MAX_BYTES = 2_000;

	@Test
	void aListenerAnswersAnUnknownVersionWithTheOneThatItSpeaks() throws Exception {
		InetSocketAddress listener = target(listen(ANY_PORT).address());
		try (DatagramSocket socket = socket()) {
			send(socket, initial(NO_VERSION, PacketRouter.MIN_INITIAL_BYTES), listener);
			ByteBuffer answer = content(await(socket));
			assertThat(answer.remaining()).isLessThan(PacketRouter.MIN_INITIAL_BYTES);
			assertThat(answer.get() & LONG_HEADER).isEqualTo(LONG_HEADER);
			assertThat(answer.getInt()).isZero();
			assertThat(connectionId(answer)).isEqualTo(SOURCE);
			assertThat(connectionId(answer)).isEqualTo(DESTINATION);
			List<Integer> versions = new ArrayList<>();
			while (answer.hasRemaining()) {
				versions.add(answer.getInt());
			}
			assertThat(versions).contains(VERSION_1).doesNotContain(NO_VERSION);
		}
	}

	@Test
	void aListenerDoesNotAnswerAnUnknownVersionInASmallPacket() throws Exception {
		InetSocketAddress listener = target(listen(ANY_PORT).address());
		try (DatagramSocket socket = socket()) {
			send(socket, initial(NO_VERSION, PacketRouter.MIN_INITIAL_BYTES - 1), listener);
			assertThat(receive(socket)).isEmpty();
		}
	}

	@Test
	void aDialToAPeerOfAnotherVersionFails() throws Exception {
		try (DatagramSocket peer = socket()) {
			Future<MuxedConnection> dial = dialTo(peer);
			DatagramPacket first = await(peer);
			send(peer, negotiation(content(first), NO_VERSION), first.getSocketAddress());
			assertThat(dial.await(AT_ONCE_SECONDS, TimeUnit.SECONDS)).isTrue();
			assertThat(failureOf(dial)).hasMessageContaining("quic-v1");
		}
	}

	/**
	 * RFC 9000, section 6.2: else anyone on the path could break a connection with it.
	 */
	@Test
	void aDialIgnoresANegotiationThatListsItsOwnVersion() throws Exception {
		InetSocketAddress listener = target(listen(ANY_PORT).address());
		try (DatagramSocket path = socket(); DatagramSocket beyond = socket()) {
			Future<MuxedConnection> dial = dialTo(path);
			DatagramPacket first = await(path);
			SocketAddress dialler = first.getSocketAddress();
			send(path, negotiation(content(first), NO_VERSION, VERSION_1), dialler);
			for (Optional<DatagramPacket> there = Optional.of(first); !dial.isDone(); there = receive(path)) {
				if (there.isPresent()) {
					send(beyond, there.get().getData(), listener);
				}
				for (Optional<DatagramPacket> back = receive(beyond); back.isPresent(); back = receive(beyond)) {
					send(path, back.get().getData(), dialler);
				}
			}
			assertThat(await(dial).peer().remotePeer()).isEqualTo(this.server.peer());
		}
	}

	private Future<MuxedConnection> dialTo(DatagramSocket peer) {
		Multiaddr address = QuicAddress.format((InetSocketAddress) peer.getLocalSocketAddress());
		return this.clientTransport.dial(address, DialOptions.ANY_PEER);
	}

	private static DatagramSocket socket() throws IOException {
		return new DatagramSocket(0, InetAddress.getLoopbackAddress());
	}

	private static byte[] initial(int version, int length) {
		ByteBuffer packet = ByteBuffer.allocate(length).put((byte) INITIAL).putInt(version);
		putId(packet, DESTINATION);
		putId(packet, SOURCE);
		return packet.array();
	}

	/** What a server says that speaks these versions. */
	private static byte[] negotiation(ByteBuffer initial, int... versions) {
		initial.position(1 + Integer.BYTES);
		byte[] destination = connectionId(initial);
		byte[] source = connectionId(initial);
		ByteBuffer packet = ByteBuffer
			.allocate(1 + Integer.BYTES + 2 + source.length + destination.length + versions.length * Integer.BYTES)
			.put((byte) LONG_HEADER)
			.putInt(0);
		putId(packet, source);
		putId(packet, destination);
		Arrays.stream(versions).forEach(packet::putInt);
		return packet.array();
	}

	private static void putId(ByteBuffer packet, byte[] id) {
		packet.put((byte) id.length).put(id);
	}

	private static byte[] connectionId(ByteBuffer packet) {
		byte[] id = new byte[packet.get()];
		packet.get(id);
		return id;
	}

	private static ByteBuffer content(DatagramPacket packet) {
		return ByteBuffer.wrap(packet.getData());
	}

	private static void send(DatagramSocket socket, byte[] packet, SocketAddress to) throws IOException {
		socket.send(new DatagramPacket(packet, packet.length, to));
	}

	private static DatagramPacket await(DatagramSocket socket) throws IOException {
		socket.setSoTimeout(PATIENCE_MILLIS);
		return receivePacket(socket);
	}

	private static Optional<DatagramPacket> receive(DatagramSocket socket) throws IOException {
		socket.setSoTimeout(QUIET_MILLIS);
		try {
			return Optional.of(receivePacket(socket));
		}
		catch (SocketTimeoutException ex) {
			return Optional.empty();
		}
	}

	private static DatagramPacket receivePacket(DatagramSocket socket) throws IOException {
		DatagramPacket packet = new DatagramPacket(new byte[MAX_BYTES], MAX_BYTES);
		socket.receive(packet);
		packet.setData(Arrays.copyOf(packet.getData(), packet.getLength()));
		return packet;
	}

	private static InetSocketAddress target(Multiaddr address) {
		return address.ipSocketAddress().orElseThrow();
	}

}

package io.p2pboot.libp2p.node;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.ErrorCode;
import io.p2pboot.libp2p.LimitExceeded;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamProtocol;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.multiformats.MultiaddrProtocol;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.resource.ConnectionLimits;
import io.p2pboot.libp2p.resource.StreamLimits.Limit;
import io.p2pboot.libp2p.resource.StreamLimits;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * The flat limits of a node, and peers that are slow on purpose.
 */
class LimitTest extends NodeSuite {

	private static final ProtocolPath PATH = ProtocolPath.of("/limited/1.0.0");

	private static final Duration UPGRADE_TIMEOUT = Duration.ofMillis(1500);

	private static final int UNREAD_BYTES = 8 * 256 * 1024;

	@Override
	NodeLink link() {
		return NodeLink.TCP;
	}

	@Override
	NodeBuilder serverBuilder() {
		ConnectionLimits limits = new ConnectionLimits(16, 2, 3, 8, 8, UNREAD_BYTES);
		return super.serverBuilder().limits(limits).upgradeTimeout(UPGRADE_TIMEOUT);
	}

	private Socket raw() throws IOException {
		return raw(this.server);
	}

	private static Socket raw(NettyNode node) throws IOException {
		return raw(node, "127.0.0.1");
	}

	private static Socket raw(NettyNode node, String from) throws IOException {
		Multiaddr address = node.listenAddresses().get(0);
		String port = address.components()
			.stream()
			.filter((component) -> component.protocol() == MultiaddrProtocol.TCP)
			.findFirst()
			.orElseThrow()
			.value();
		Socket socket = new Socket(InetAddress.getLoopbackAddress(), Integer.parseInt(port),
				InetAddress.getByName(from), 0);
		socket.setSoTimeout(20_000);
		return socket;
	}

	/** Reads until the peer closes; a reset counts as well. */
	private static void awaitClosed(Socket socket) {
		try {
			while (socket.getInputStream().read() >= 0) {
				Thread.onSpinWait();
			}
		}
		catch (SocketTimeoutException ex) {
			throw new AssertionError("Not closed within 20 s", ex);
		}
		catch (IOException ex) {
			assertThat(ex).isNotNull();
		}
	}

	private static boolean isAnswered(Socket socket) throws IOException {
		try {
			socket.getOutputStream().write("\23/multistream/1.0.0\n".getBytes());
			return socket.getInputStream().read() >= 0;
		}
		catch (SocketException ex) {
			return false;
		}
	}

	@Test
	void asManyConnectionsOfAPeerStandAsAllowedAndNotOneMore() throws Exception {
		PrivateKey identity = PrivateKey.generate();
		for (int i = 0; i < 2; i++) {
			started(link().client().identity(identity)).connect(this.server.addrInfo());
		}
		eventually("two connections", () -> this.server.connections().size() == 2);
		NettyNode third = started(link().client().identity(identity));
		third.connect(this.server.addrInfo());
		eventually("the third one refused", () -> third.connections().isEmpty());
		assertThat(this.server.connections()).hasSize(2);
		this.client.connect(this.server.addrInfo());
		eventually("another peer", () -> this.server.connections().size() == 3);
	}

	private static StreamLimits limited(Limit all, Limit peer) {
		return StreamLimits.of(ConnectionLimits.DEFAULT).withProtocol(PATH, new StreamLimits.Shared(all, peer));
	}

	@Test
	void asManyStreamsOfAProtocolAreServedAsAllowedAndOneMoreIsReset() throws Exception {
		NettyNode node = started(
				link().server().shutdownGrace(Duration.ZERO).streamLimits(limited(Limit.inbound(2), Limit.inbound(2))));
		node.mountProtocol(PATH, StreamProtocol.create());
		List<Stream> open = new ArrayList<>();
		for (int i = 0; i < 2; i++) {
			open.add(this.client.openStream(node.addrInfo(), PATH));
			open.get(i).outputStream().write(1);
			open.get(i).outputStream().flush();
		}
		eventually("two streams", () -> node.usage().inboundStreams() == 2);
		// The reset may meet the opening, the write or the read.
		assertThatExceptionOfType(StreamReset.class).isThrownBy(() -> {
			Stream refused = this.client.openStream(node.addrInfo(), PATH);
			refused.outputStream().write(1);
			refused.outputStream().flush();
			refused.inputStream().read();
		}).satisfies((reset) -> assertThat(reset.code()).hasValue(ErrorCode.RESOURCE_LIMIT_EXCEEDED.stream()));
		open.get(0).reset(0);
		eventually("one stream", () -> node.usage().inboundStreams() == 1);
		Stream more = this.client.openStream(node.addrInfo(), PATH);
		more.outputStream().write(1);
		more.outputStream().flush();
		eventually("two streams again", () -> node.usage().inboundStreams() == 2 && more.isOpen());
	}

	@Test
	void ourOwnStreamsAreLimitedWhereSomebodySaysSo() throws Exception {
		NettyNode node = started(
				link().client().shutdownGrace(Duration.ZERO).streamLimits(limited(Limit.NONE, new Limit(1, 1))));
		this.server.mountProtocol(PATH, StreamProtocol.create());
		Stream open = node.openStream(this.server.addrInfo(), PATH);
		assertThatExceptionOfType(LimitExceeded.class).isThrownBy(() -> node.openStream(this.server.addrInfo(), PATH))
			.satisfies((refusal) -> assertThat(refusal.scope())
				.isEqualTo("protocol-peer:" + PATH + ":" + this.server.peerId()));
		open.reset(0);
	}

	// B6
	@Test
	void asManyConnectionsAreUpgradedAtOnceAsAllowedAndNotOneMore() throws Exception {
		List<Socket> silent = new ArrayList<>();
		for (int i = 0; i < 3; i++) {
			Socket socket = raw();
			assertThat(isAnswered(socket)).isTrue();
			silent.add(socket);
		}
		try (Socket refused = raw()) {
			assertThat(isAnswered(refused)).isFalse();
		}
		silent.get(0).close();
		eventually("room for one", () -> {
			try (Socket admitted = raw()) {
				return isAnswered(admitted);
			}
			catch (IOException ex) {
				return false;
			}
		});
		for (Socket socket : silent) {
			socket.close();
		}
		eventually("an honest peer", () -> {
			try {
				this.client.connect(this.server.addrInfo());
				return true;
			}
			catch (IOException ex) {
				return false;
			}
		});
	}

	@Test
	void whoHoldsAllHandshakesMakesRoomForAnotherAddress() throws Exception { // attacks 1
		List<Socket> silent = new ArrayList<>();
		for (int i = 0; i < 3; i++) {
			Socket socket = raw(this.server, "127.0.0.2");
			assertThat(isAnswered(socket)).isTrue();
			silent.add(socket);
		}
		try (Socket refused = raw(this.server, "127.0.0.2"); Socket other = raw(this.server, "127.0.0.3")) {
			assertThat(isAnswered(refused)).isFalse();
			assertThat(isAnswered(other)).isTrue();
			awaitClosed(silent.get(0));
			this.client.connect(this.server.addrInfo());
			this.server.connect(started(link().server()).addrInfo());
			assertThat(this.server.usage().inboundHandshakes()).isLessThanOrEqualTo(3);
		}
		for (Socket socket : silent) {
			socket.close();
		}
	}

	// B6
	@Test
	void whoAnswersItsHandshakeIsNotPushedOutByACrowdThatWaits() throws Exception {
		try (Socket honest = raw(this.server, "127.0.0.9")) {
			honest.getOutputStream().write("\23/multistream/1.0.0\n\7/noise\n\0\40".getBytes());
			// The base point of the curve.
			honest.getOutputStream().write(Arrays.copyOf(new byte[] { 9 }, 32));
			// The answers to both, and then the second message of Noise.
			honest.getInputStream().readNBytes(20 + 8 + 2);
			List<Socket> crowd = new ArrayList<>();
			for (int i = 10; i < 30; i++) {
				Socket socket = raw(this.server, "127.0.0." + i);
				socket.getOutputStream().write("\23/multistream/1.0.0\n\7/noise\n".getBytes());
				assertThat(socket.getInputStream().readNBytes(20 + 8)).hasSize(20 + 8);
				crowd.add(socket);
			}
			for (int i = 0; i < 18; i++) {
				awaitClosed(crowd.get(i));
			}
			honest.setSoTimeout(1);
			assertThatExceptionOfType(SocketTimeoutException.class).isThrownBy(() -> {
				while (honest.getInputStream().read() >= 0) {
					Thread.onSpinWait();
				}
			});
			for (Socket socket : crowd) {
				socket.close();
			}
		}
	}

	@Test
	void aHundredAndTwentyEightAreUpgradedAtOnceUnlessSaidOtherwise() throws Exception {
		NettyNode node = started(link().server());
		List<Socket> silent = new ArrayList<>();
		try {
			for (int i = 0; i < 128; i++) {
				Socket socket = raw(node);
				silent.add(socket);
				assertThat(isAnswered(socket)).as("connection " + (i + 1)).isTrue();
			}
			try (Socket refused = raw(node)) {
				assertThat(isAnswered(refused)).isFalse();
			}
		}
		finally {
			for (Socket socket : silent) {
				socket.close();
			}
		}
	}

	// HS-slow, T26
	@ParameterizedTest
	@ValueSource(strings = { "", "\23/multistream", "\23/multistream/1.0.0\n", "\23/multistream/1.0.0\n\7/noise\n",
			"\23/multistream/1.0.0\n\7/noise\n\0\40aaaa", "\23/multistream/1.0.0\n\7/nosuc\n" })
	void whoStallsAtAnyStageOfTheUpgradeIsCut(String sent) throws Exception {
		try (Socket socket = raw()) {
			socket.getOutputStream().write(sent.getBytes(StandardCharsets.ISO_8859_1));
			long start = System.nanoTime();
			awaitClosed(socket);
			assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(19));
		}
		assertThat(this.server.connections()).isEmpty();
		this.client.connect(this.server.addrInfo());
	}

	// HS-slow
	@Test
	void whoDripsBytesGetsNoMoreTimeThanWhoIsSilent() throws Exception {
		try (Socket socket = raw()) {
			Future<?> dripping = this.executor.submit(() -> {
				byte[] header = "\23/multistream/1.0.0\n".getBytes();
				for (int i = 0; i < 1_000_000; i++) {
					socket.getOutputStream().write(header[Math.min(i, header.length - 2)]);
					LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
				}
				return null;
			});
			awaitClosed(socket);
			assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> dripping.get(20, TimeUnit.SECONDS))
				.withCauseInstanceOf(IOException.class);
		}
	}

	@Test
	void asManyInboundStreamsAreOpenAsAllowedAndNotOneMore() throws Exception {
		this.server.mountProtocol(PATH, StreamProtocol.create());
		this.client.connect(this.server.addrInfo());
		eventually("identified", () -> this.client.peerStore().protocols(this.server.peerId()).contains(PATH));
		eventually("quiet", () -> this.client.connections().get(0).streams() == 0);
		List<Stream> open = new ArrayList<>();
		for (int i = 0; i < 8; i++) {
			open.add(opened());
		}
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> opened().inputStream().read());
		open.get(0).reset(0);
		eventually("room for one", () -> {
			try (Stream next = opened()) {
				next.readTimeout(Duration.ofMillis(200));
				return next.inputStream().read() >= 0;
			}
			catch (SocketTimeoutException ex) {
				return true;
			}
			catch (IOException ex) {
				return false;
			}
		});
		open.forEach((stream) -> stream.reset(0));
	}

	private Stream opened() throws IOException {
		Stream stream = this.client.openStream(AddrInfo.of(this.server.peerId()), PATH);
		stream.outputStream().write(1);
		return stream;
	}

	@Test
	void whatTheWindowsAllowWaitsUnreadAndNobodyIsReset() throws Exception {
		StreamProtocol serving = this.server.mountProtocol(PATH, StreamProtocol.create());
		this.client.connect(this.server.addrInfo());
		eventually("quiet", () -> this.client.connections().get(0).streams() == 0);
		int size = 300 * 1024;
		List<Stream> unread = new ArrayList<>();
		for (int i = 0; i < 8; i++) {
			Stream stream = this.client.openStream(this.server.addrInfo(), PATH);
			stream.write(ByteBuffer.allocate(size));
			stream.closeWrite();
			unread.add(serving.acceptStream());
		}
		// The last first: no stream waits for another.
		for (int i = 7; i >= 0; i--) {
			assertThat(unread.get(i).inputStream().readAllBytes()).hasSize(size);
			unread.get(i).close();
		}
		assertThat(this.server.connections()).hasSize(1);
	}

}

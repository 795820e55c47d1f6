package io.p2pboot.libp2p.transport.quic;

import java.io.IOException;
import java.net.BindException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;

import io.netty.channel.epoll.Epoll;
import io.netty.buffer.Unpooled;
import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.DialPort;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.LimitExceeded;
import io.p2pboot.libp2p.PeerIdMismatch;
import io.p2pboot.libp2p.UpgradeFailed;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.muxer.StreamChildChannel;
import io.p2pboot.libp2p.transport.DialOptions;
import io.p2pboot.libp2p.resource.ConnectionLimits;
import io.p2pboot.libp2p.transport.Listener;
import io.p2pboot.libp2p.transport.MuxedConnection;
import io.p2pboot.libp2p.transport.quic.MuxNode.Inbox;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

class QuicTransportTest extends QuicSuite {

	// T1
	@Test
	void refusesAddressesOfOtherTransports() {
		for (String own : List.of("/ip4/192.0.2.1/udp/1/quic-v1", "/ip6/2001:db8::1/udp/1/quic-v1",
				"/ip4/1.2.3.4/udp/1/quic-v1/p2p/12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA")) {
			assertThat(this.clientTransport.supports(Multiaddr.parse(own))).as(own).isTrue();
		}
		for (String foreign : List.of("/ip4/127.0.0.1/tcp/1", "/ip4/127.0.0.1/udp/1", "/ip4/127.0.0.1/udp/1/quic",
				"/dns4/localhost/udp/1/quic-v1", "/ip4/127.0.0.1/udp/1/quic-v1/webtransport", "/memory/1")) {
			Multiaddr address = Multiaddr.parse(foreign);
			assertThat(this.clientTransport.supports(address)).as(foreign).isFalse();
			assertThatIllegalArgumentException()
				.isThrownBy(() -> this.clientTransport.dial(address, DialOptions.ANY_PEER))
				.withMessageContaining(foreign);
			assertThatIllegalArgumentException().isThrownBy(() -> this.clientTransport.listen(address))
				.withMessageContaining(foreign);
		}
	}

	@Test
	void needsToBeStarted() {
		QuicTransport transport = new QuicTransport();
		assertThatIllegalStateException().isThrownBy(() -> transport.listen(ANY_PORT));
		assertThatIllegalStateException().isThrownBy(() -> transport.dial(ANY_PORT, DialOptions.ANY_PEER));
	}

	// T2, T5, T10
	@Test
	void bothEndsKnowEachOtherAndTheirAddresses() throws Exception {
		Listener listener = listen(ANY_PORT);
		MuxedConnection dialled = dial(listener.address());
		MuxedConnection accepted = this.server.nextInbound();
		assertThat(dialled.peer().remotePeer()).isEqualTo(this.server.peer());
		assertThat(accepted.peer().remotePeer()).isEqualTo(this.client.peer());
		assertThat(dialled.direction()).isEqualTo(Direction.OUTBOUND);
		assertThat(accepted.direction()).isEqualTo(Direction.INBOUND);
		assertThat(dialled.remote()).isEqualTo(listener.address()).isEqualTo(accepted.local());
		assertThat(dialled.local()).isEqualTo(accepted.remote());
		assertThat(dialled.transport()).isEqualTo("quic-v1").isEqualTo(accepted.transport());
		assertThat(dialled.security()).isEmpty();
		assertThat(dialled.muxer()).isEmpty();
	}

	@Test
	void dialsLeaveFromThePortThatIsListenedOn() throws Exception {
		Listener listener = listen(ANY_PORT);
		Listener own = await(this.clientTransport.listen(ANY_PORT));
		MuxedConnection first = dial(listener.address());
		assertThat(first.local()).isEqualTo(own.address());
		assertThat(this.server.nextInbound().remote()).isEqualTo(own.address());
		// And back, while the first lives, over the same two sockets.
		MuxedConnection second = await(this.serverTransport.dial(own.address(), DialOptions.to(this.client.peer())));
		assertThat(second.local()).isEqualTo(listener.address());
		assertThat(this.client.nextInbound().remote()).isEqualTo(listener.address());
		for (MuxedConnection connection : List.of(first, second)) {
			Inbox inbox = new Inbox();
			StreamChildChannel stream = open(connection, inbox);
			stream.writeAndFlush(Unpooled.wrappedBuffer(new byte[1000]));
			await(stream.shutdownOutput());
			assertThat(inbox.nextEvent()).isEqualTo("ChannelOutputShutdownEvent");
			assertThat(inbox.nextEvent()).isEqualTo("ChannelInputShutdownEvent");
			assertThat(inbox.bytes()).isEqualTo(1000);
		}
	}

	@Test
	void aDialFromANewPortDoesNot() throws Exception {
		Listener own = await(this.clientTransport.listen(ANY_PORT));
		MuxedConnection connection = await(
				this.clientTransport.dial(listen(ANY_PORT).address(), DialOptions.ANY_PEER.withPort(DialPort.NEW)));
		assertThat(connection.local()).isNotEqualTo(own.address());
		assertThat(this.server.nextInbound().remote()).isNotEqualTo(own.address());
	}

	@Test
	void wildcardListenersTellTheAddressThatLeadsToThePeer() throws Exception {
		Listener listener = listen(Multiaddr.parse("/ip4/0.0.0.0/udp/0/quic-v1"));
		Multiaddr local = Multiaddr.parse(listener.address().toString().replace("0.0.0.0", "127.0.0.1"));
		assertThat(dial(local).remote()).isEqualTo(local);
		assertThat(this.server.nextInbound().local()).isEqualTo(local);
	}

	// T3
	@Test
	void namesTheAddressThatIsBusy() throws Exception {
		Listener listener = listen(ANY_PORT);
		assertThat(failureOf(this.clientTransport.listen(listener.address()))).isInstanceOf(BindException.class)
			.hasMessageContaining(listener.address().toString());
	}

	// T4
	@Test
	void listensOnSeveralAddressesAndOnIpv6() throws Exception {
		for (Multiaddr address : List.of(ANY_PORT, ANY_PORT, Multiaddr.parse("/ip6/::1/udp/0/quic-v1"))) {
			Listener listener = listen(address);
			dial(listener.address());
			assertThat(this.server.nextInbound().local()).isEqualTo(listener.address());
		}
	}

	@Test
	void bothFamiliesHaveTheSamePort() throws Exception {
		Listener six = listen(Multiaddr.parse("/ip6/::/udp/0/quic-v1"));
		String port = six.address().toString().substring("/ip6/::/udp/".length()).split("/")[0];
		if (Epoll.isAvailable()) {
			// NIO's socket on :: takes IPv4 as well.
			listen(Multiaddr.parse("/ip4/0.0.0.0/udp/" + port + "/quic-v1"));
		}
		dial(Multiaddr.parse("/ip6/::1/udp/" + port + "/quic-v1"));
		dial(Multiaddr.parse("/ip4/127.0.0.1/udp/" + port + "/quic-v1"));
	}

	// T6
	@Test
	void cancelledDialLeavesNothing() throws Exception {
		Listener listener = listen(ANY_PORT);
		for (int i = 0; i < 30; i++) {
			Future<MuxedConnection> dial = this.clientTransport.dial(listener.address(), DialOptions.ANY_PEER);
			if (!dial.cancel(false)) {
				await(dial.getNow().session().close(0));
			}
			else {
				assertThatExceptionOfType(CancellationException.class).isThrownBy(() -> await(dial));
			}
		}
		MuxedConnection last = dial(listener.address());
		for (int i = this.server.waitingInbound(); i > 0; i--) {
			MuxedConnection inbound = this.server.nextInbound();
			if (!last.session().channel().isActive() || i > 1) {
				await(inbound.session().channel().closeFuture());
			}
		}
		assertThat(last.session().channel().isActive()).isTrue();
	}

	// T7, T8
	@Test
	void dialWithoutAnAnswerEndsInTime() throws Exception {
		Listener listener = listen(ANY_PORT);
		await(listener.close());
		QuicTransport impatient = transport(this.client, impatient());
		IOException failure = failureOf(impatient.dial(listener.address(), DialOptions.ANY_PEER));
		assertThat(failure).isInstanceOf(SocketTimeoutException.class)
			.hasMessageContaining(listener.address().toString());
	}

	// T9
	@Test
	void anotherPeerThanTheExpectedIsRefusedInTheHandshake() throws Exception {
		Listener listener = listen(ANY_PORT);
		IOException failure = failureOf(
				this.clientTransport.dial(listener.address(), DialOptions.to(this.client.peer())));
		assertThat(failure).isInstanceOfSatisfying(PeerIdMismatch.class, (mismatch) -> {
			assertThat(mismatch.expected()).isEqualTo(this.client.peer());
			assertThat(mismatch.actual()).isEqualTo(this.server.peer());
		});
		dial(listener.address());
		this.server.nextInbound();
		assertThat(this.server.waitingInbound()).isZero();
	}

	// T34
	@Test
	void doesNotConnectToItself() throws Exception {
		Listener listener = listen(ANY_PORT);
		assertThat(failureOf(this.serverTransport.dial(listener.address(), DialOptions.ANY_PEER)))
			.isInstanceOf(UpgradeFailed.class)
			.hasMessageContaining("itself");
	}

	// T11
	@Test
	void closedListenerKeepsItsConnectionsAndFreesItsPortWithTheLast() throws Exception {
		Listener listener = listen(ANY_PORT);
		MuxedConnection connection = dial(listener.address());
		this.server.nextInbound();
		Future<Void> closed = listener.close();
		QuicTransport impatient = transport(this.client, impatient());
		failureOf(impatient.dial(listener.address(), DialOptions.ANY_PEER));
		Inbox inbox = new Inbox();
		open(connection, inbox).writeAndFlush(Unpooled.wrappedBuffer(new byte[10]));
		assertThat(closed.isDone()).isFalse();
		await(connection.session().close(0));
		await(closed);
		assertThat(listen(listener.address()).address()).isEqualTo(listener.address());
	}

	@Test
	void portThatWaitsForItsConnectionsCanBeListenedOnAgain() throws Exception {
		Listener listener = listen(ANY_PORT);
		MuxedConnection connection = dial(listener.address());
		this.server.nextInbound();
		Future<Void> closed = listener.close();
		Listener again = listen(listener.address());
		await(closed);
		dial(again.address());
		this.server.nextInbound();
		await(connection.session().close(0));
		dial(again.address());
		this.server.nextInbound();
	}

	// T12
	@Test
	void closedTransportDialsAndListensNoMore() throws Exception {
		Listener listener = listen(ANY_PORT);
		MuxedConnection connection = dial(listener.address());
		await(this.clientTransport.close());
		await(this.clientTransport.close());
		await(connection.session().channel().closeFuture());
		assertThat(failureOf(this.clientTransport.dial(listener.address(), DialOptions.ANY_PEER)))
			.hasMessageContaining("closed");
		assertThat(failureOf(this.clientTransport.listen(ANY_PORT))).hasMessageContaining("closed");
	}

	// T14, T22
	@Test
	void bothEndsLearnOfTheEndAndItsCode() throws Exception {
		MuxedConnection dialled = connect();
		Inbox inbox = new Inbox();
		open(dialled, inbox).writeAndFlush(Unpooled.wrappedBuffer(new byte[1]));
		MuxedConnection accepted = this.server.nextInbound();
		await(accepted.session().close(77));
		await(dialled.session().channel().closeFuture());
		assertThat(inbox.nextEvent()).startsWith("ConnectionLost").contains("code 77");
		assertThat(inbox.nextEvent()).isEqualTo("inactive");
		assertThat(failureOf(dialled.session().openStream(new Inbox()))).hasMessageContaining("code 77");
	}

	@Test
	void theEndIsToldWhereTheWindowIsFull() throws Exception {
		MuxedConnection dialled = connect();
		MuxedConnection accepted = this.server.nextInbound();
		for (int i = 0; i < 4; i++) {
			open(dialled, new Inbox()).writeAndFlush(Unpooled.wrappedBuffer(new byte[4 << 20]));
		}
		await(dialled.session().close(5));
		await(accepted.session().channel().closeFuture());
		assertThat(failureOf(accepted.session().openStream(new Inbox()))).hasMessageContaining("code 5");
	}

	// T25, T26
	@Test
	void refusesHandshakesAboveTheLimitAndGoesOn() throws Exception {
		Listener listener = listen(ANY_PORT);
		this.server.refuse(true);
		assertThat(failureOf(this.clientTransport.dial(listener.address(), DialOptions.ANY_PEER)))
			.hasMessageContaining("refuses");
		this.server.refuse(false);
		this.server.limits(ConnectionLimits.DEFAULT.withInboundUpgrading(1));
		for (int i = 0; i < 3; i++) {
			dial(listener.address());
			this.server.nextInbound();
		}
	}

	@Test
	void asManyConnectionsOfAPeerStandAsAllowedAndNotOneMore() throws Exception { // attacks
																					// 14
		Listener listener = listen(ANY_PORT);
		this.server.limits(ConnectionLimits.DEFAULT.withConnectionsPerPeer(2));
		dial(listener.address());
		MuxedConnection second = dial(listener.address());
		this.server.nextInbound();
		this.server.nextInbound();
		MuxedConnection third = dial(listener.address());
		await(third.session().channel().closeFuture());
		assertThat(failureOf(third.session().openStream(new Inbox()))).hasMessageContaining("code 4097");
		assertThat(this.server.usage().inboundConnections()).isEqualTo(2);
		await(second.session().close(0));
		await(second.session().channel().closeFuture());
		while (this.server.usage().inboundConnections() > 1) {
			Thread.onSpinWait();
		}
		dial(listener.address());
		this.server.nextInbound();
	}

	@Test
	void aConnectionThatIsDialledCountsAsWell() throws Exception { // attacks 14
		Listener listener = listen(ANY_PORT);
		this.client.limits(ConnectionLimits.DEFAULT.withConnections(1));
		dial(listener.address());
		assertThat(this.client.usage().outboundConnections()).isEqualTo(1);
		assertThat(failureOf(this.clientTransport.dial(listener.address(), DialOptions.ANY_PEER)))
			.isInstanceOf(LimitExceeded.class);
		while (this.client.usage().scopes() > 1) {
			Thread.onSpinWait();
		}
	}

	@Test
	void aPeerThatWasDialledLearnsWhyTheConnectionIsOneTooMany() throws Exception {
		Listener listener = listen(ANY_PORT);
		this.client.limits(ConnectionLimits.DEFAULT.withConnections(1));
		dial(listener.address());
		this.server.nextInbound();
		assertThat(failureOf(this.clientTransport.dial(listener.address(), DialOptions.ANY_PEER)))
			.isInstanceOf(LimitExceeded.class);
		MuxedConnection refused = this.server.nextInbound();
		await(refused.session().channel().closeFuture());
		assertThat(refused.session().endCause().orElseThrow()).hasMessageContaining("code 4097");
	}

	// T40
	@Test
	void connectsAgainAndAgain() throws Exception {
		Listener listener = listen(ANY_PORT);
		for (int i = 0; i < 5; i++) {
			MuxedConnection connection = dial(listener.address());
			await(connection.session().close(0));
			await(this.server.nextInbound().session().channel().closeFuture());
		}
	}

	@Test
	void measuresTheRoundTripTime() throws Exception {
		MuxedConnection connection = connect();
		Inbox inbox = new Inbox();
		StreamChildChannel stream = open(connection, inbox);
		stream.writeAndFlush(Unpooled.wrappedBuffer(new byte[1]));
		await(stream.shutdownOutput());
		inbox.nextEvent();
		inbox.nextEvent();
		connection.session().roundTripTime();
		await(connection.session().channel().eventLoop().submit(() -> true));
		assertThat(connection.session().roundTripTime()).isPresent();
	}

	@Test
	void anIdleConnectionIsKept() throws Exception {
		QuicConfig brief = QuicConfig.DEFAULT.withTimeouts(HANDSHAKE, Duration.ofSeconds(1), Duration.ofMillis(300));
		Listener listener = await(transport(this.server, brief).listen(ANY_PORT));
		MuxedConnection dialled = await(transport(this.client, brief).dial(listener.address(), DialOptions.ANY_PEER));
		MuxedConnection accepted = this.server.nextInbound();
		// Three idle timeouts.
		await(dialled.session().channel().eventLoop().schedule(() -> true, 3, TimeUnit.SECONDS));
		assertThat(dialled.session().channel().isActive()).isTrue();
		assertThat(accepted.session().channel().isActive()).isTrue();
		assertThat(dialled.session().streams() + accepted.session().streams()).isZero();
		assertThat(CodecTables.streams(dialled.session().channel())).isZero();
		Inbox inbox = new Inbox();
		StreamChildChannel stream = open(dialled, inbox);
		stream.writeAndFlush(Unpooled.wrappedBuffer(new byte[100]));
		stream.shutdownOutput();
		await(stream.closeFuture());
		assertThat(inbox.bytes()).isEqualTo(100);
	}

}

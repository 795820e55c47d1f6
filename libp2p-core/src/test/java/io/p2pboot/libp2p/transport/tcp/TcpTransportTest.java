package io.p2pboot.libp2p.transport.tcp;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.p2pboot.libp2p.DialPort;
import io.p2pboot.libp2p.UpgradeFailed;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.transport.DialOptions;
import io.p2pboot.libp2p.transport.Listener;
import io.p2pboot.libp2p.transport.MuxedConnection;
import io.p2pboot.libp2p.transport.RawTransportConformance;
import io.p2pboot.libp2p.transport.RawNode.RawSession;
import io.p2pboot.libp2p.transport.Transport;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class TcpTransportTest extends RawTransportConformance {

	@Override
	protected Transport createTransport() {
		return new TcpTransport();
	}

	@Override
	protected Multiaddr anyPort() {
		return Multiaddr.parse("/ip4/127.0.0.1/tcp/0");
	}

	@Override
	protected List<String> foreignAddresses() {
		return List.of("/ip4/127.0.0.1", "/ip4/127.0.0.1/udp/1", "/ip4/127.0.0.1/tcp/1/ws", "/memory/1",
				"/dns4/localhost/tcp/1", "/ip4/127.0.0.1/udp/1/quic-v1", "/ip4/127.0.0.1/tcp/1/tls/ws");
	}

	// T1
	@Test
	void supportsAnAddressWithThePeerAtItsEnd() {
		String peer = "/p2p/12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA";
		assertThat(this.clientTransport.supports(Multiaddr.parse("/ip4/192.0.2.1/tcp/4001" + peer))).isTrue();
		assertThat(this.clientTransport.supports(Multiaddr.parse("/ip6/2001:db8::1/tcp/4001" + peer))).isTrue();
		assertThat(this.clientTransport.supports(Multiaddr.parse("/ip4/192.0.2.1/tcp/4001" + peer + "/p2p-circuit")))
			.isFalse();
	}

	// T4
	@Test
	void listensOnBothFamiliesAtOnce() throws Exception {
		Listener four = listen(anyPort());
		Listener six = listen(Multiaddr.parse("/ip6/::1/tcp/0"));
		assertThat(six.address().toString()).startsWith("/ip6/::1/tcp/");
		echo(dial(four.address()), 10);
		RawSession session = dial(six.address());
		echo(session, 10);
		assertThat(this.server.nextInbound().remote().toString()).startsWith("/ip4/127.0.0.1/tcp/");
		assertThat(this.server.nextInbound().remote().toString()).startsWith("/ip6/::1/tcp/");
	}

	@Test
	void theFamilyThatWasAskedForIsBoundAndTold() throws Exception {
		assertThat(listen(Multiaddr.parse("/ip4/0.0.0.0/tcp/0")).address().toString()).startsWith("/ip4/0.0.0.0/tcp/");
		assertThat(listen(Multiaddr.parse("/ip6/::/tcp/0")).address().toString()).startsWith("/ip6/::/tcp/");
	}

	// T4
	@Test
	void wildcardsOfBothFamiliesShareAPort() throws Exception {
		Listener six = listen(Multiaddr.parse("/ip6/::/tcp/0"));
		String port = six.address().toString().substring("/ip6/::/tcp/".length());
		if (familiesAreApart()) {
			listen(Multiaddr.parse("/ip4/0.0.0.0/tcp/" + port));
		}
		echo(dial(Multiaddr.parse("/ip6/::1/tcp/" + port)), 10);
		echo(dial(Multiaddr.parse("/ip4/127.0.0.1/tcp/" + port)), 10);
		assertThat(this.server.nextInbound().remote().toString()).startsWith("/ip6/::1/tcp/");
		assertThat(this.server.nextInbound().remote().toString()).startsWith("/ip4/127.0.0.1/tcp/");
	}

	/** NIO's listener on :: takes IPv4 as well. */
	protected boolean familiesAreApart() {
		return Epoll.isAvailable();
	}

	@Test
	void setsUpItsSockets() throws Exception {
		Channel dialled = dial(listen(anyPort()).address()).channel();
		for (Channel channel : List.of(dialled, this.server.nextInbound().channel())) {
			assertThat(channel.config().getOption(ChannelOption.TCP_NODELAY)).isTrue();
			assertThat(channel.config().getOption(ChannelOption.SO_KEEPALIVE)).isTrue();
			assertThat(channel.config().getWriteBufferHighWaterMark()).isEqualTo(512 * 1024);
			assertThat(channel.config().getWriteBufferLowWaterMark()).isEqualTo(256 * 1024);
		}
	}

	// T8
	@Test
	void givesUpAfterTheConnectTimeout() throws Exception {
		Transport impatient = new TcpTransport(Duration.ofMillis(100));
		impatient.start(this.client);
		List<Socket> fillers = new ArrayList<>();
		try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			// Nobody accepts: once the backlog is full the kernel drops every SYN.
			fillBacklog(full, fillers);
			Multiaddr address = Multiaddr.parse("/ip4/127.0.0.1/tcp/" + full.getLocalPort());
			assertThat(failureOf(impatient.dial(address, DialOptions.ANY_PEER)))
				.isInstanceOf(SocketTimeoutException.class)
				.hasMessageContaining(address.toString());
		}
		finally {
			for (Socket filler : fillers) {
				filler.close();
			}
		}
	}

	private static void fillBacklog(ServerSocket full, List<Socket> fillers) throws IOException {
		for (int i = 0; i < 16; i++) {
			Socket filler = new Socket();
			fillers.add(filler);
			try {
				filler.connect(new InetSocketAddress(full.getInetAddress(), full.getLocalPort()), 50);
			}
			catch (SocketTimeoutException ex) {
				return;
			}
		}
		throw new AssertionError("The backlog did not fill");
	}

	@Test
	void refusesATimeoutOutOfRange() {
		assertThatIllegalArgumentException().isThrownBy(() -> new TcpTransport(Duration.ZERO))
			.withMessageContaining("PT0S");
		assertThatIllegalArgumentException()
			.isThrownBy(() -> new TcpTransport(Duration.ofMillis(Integer.MAX_VALUE + 1L)));
	}

	@Test
	void endOfTheStreamClosesTheConnection() throws Exception {
		try (Socket peer = connectRaw(listen(anyPort()))) {
			Channel accepted = this.server.nextInbound().channel();
			peer.shutdownOutput();
			await(accepted.closeFuture());
			assertThat(peer.getInputStream().read()).isEqualTo(-1);
		}
	}

	// lesson of CVE-2026-42577: a reset on a half-closed connection went unseen and span
	@Test
	void resetOfAHalfClosedConnectionDoesNotSpin() throws Exception {
		CountDownLatch halfClosed = new CountDownLatch(1);
		this.server.serveWith(new HalfCloser(halfClosed));
		Socket peer = connectRaw(listen(anyPort()));
		Channel accepted = this.server.nextInbound().channel();
		peer.shutdownOutput();
		assertThat(halfClosed.await(10, TimeUnit.SECONDS)).isTrue();
		peer.setSoLinger(true, 0);
		peer.close();
		ThreadMXBean threads = ManagementFactory.getThreadMXBean();
		long loop = accepted.eventLoop().submit(() -> Thread.currentThread().getId()).get(10, TimeUnit.SECONDS);
		long before = threads.getThreadCpuTime(loop);
		boolean closed = accepted.closeFuture().await(500, TimeUnit.MILLISECONDS);
		long spentMillis = (threads.getThreadCpuTime(loop) - before) / 1_000_000;
		assertThat(spentMillis).as("CPU time of the event loop within 500 ms, closed: %s", closed).isLessThan(250);
		accepted.writeAndFlush(Unpooled.wrappedBuffer(new byte[1]));
		await(accepted.closeFuture());
	}

	@Test
	void aDialLeavesFromThePortThatIsListenedOn() throws Exception {
		for (String own : List.of("/ip4/127.0.0.1/tcp/0", "/ip4/0.0.0.0/tcp/0", "/ip6/::/tcp/0")) {
			boolean ip6 = own.startsWith("/ip6");
			String loopback = ip6 ? "/ip6/::1" : "/ip4/127.0.0.1";
			Listener ours = listenHere(Multiaddr.parse(own));
			Listener listener = listen(Multiaddr.parse(loopback + "/tcp/0"));
			RawSession session = dial(listener.address());
			echo(session, 10);
			String seen = this.server.nextInbound().remote().toString();
			assertThat(seen.equals(loopback + "/tcp/" + port(ours))).as("%s is seen, of %s", seen, own)
				.isEqualTo(sharesPorts());
			await(session.channel().close());
			await(ours.close());
		}
	}

	@Test
	void aDialFromANewPortDoesNot() throws Exception {
		Listener ours = listenHere(anyPort());
		Listener listener = listen(anyPort());
		await(this.clientTransport.dial(listener.address(), DialOptions.ANY_PEER.withPort(DialPort.NEW)));
		assertThat(this.server.nextInbound().remote()).isNotEqualTo(ours.address());
		Transport apart = new TcpTransport(TcpTransport.DEFAULT_CONNECT_TIMEOUT, DialPort.NEW);
		apart.start(this.client);
		Listener another = await(apart.listen(anyPort()));
		await(apart.dial(listener.address(), DialOptions.ANY_PEER));
		assertThat(this.server.nextInbound().remote()).isNotEqualTo(another.address());
		await(another.close());
	}

	@Test
	void aListenerThatDoesNotLeadToThePeerIsNotUsed() throws Exception {
		Listener elsewhere = listenHere(Multiaddr.parse("/ip6/::1/tcp/0"));
		Listener other = listenHere(Multiaddr.parse("/ip4/127.0.0.2/tcp/0"));
		echo(dial(listen(anyPort()).address()), 10);
		String seen = this.server.nextInbound().remote().toString();
		assertThat(seen).startsWith("/ip4/127.0.0.1/").doesNotEndWith("/" + port(elsewhere));
		assertThat(seen).doesNotEndWith("/" + port(other));
	}

	@Test
	void twoDialsToOneAddressLeaveFromTwoPorts() throws Exception {
		Listener ours = listenHere(anyPort());
		Listener listener = listen(anyPort());
		Future<MuxedConnection> first = this.clientTransport.dial(listener.address(), DialOptions.ANY_PEER);
		Future<MuxedConnection> second = this.clientTransport.dial(listener.address(), DialOptions.ANY_PEER);
		echo((RawSession) await(first).session(), 10);
		echo((RawSession) await(second).session(), 10);
		List<Multiaddr> seen = List.of(this.server.nextInbound().remote(), this.server.nextInbound().remote());
		assertThat(seen).doesNotHaveDuplicates();
		assertThat(seen.contains(ours.address())).isEqualTo(sharesPorts());
		assertThat(this.server.waitingInbound()).isZero();
	}

	@Test
	void aDialToOurselvesIsNotAConnectionWithItself() throws Exception {
		Listener listener = listen(anyPort());
		RawSession session = (RawSession) await(this.serverTransport.dial(listener.address(), DialOptions.ANY_PEER))
			.session();
		echo(session, 10);
		assertThat(this.server.nextInbound().remote()).isNotEqualTo(listener.address());
	}

	@Test
	void nobodyElseCanListenOnAPortThatDialsLeaveFrom() throws Exception {
		Listener ours = listenHere(anyPort());
		echo(dial(listen(anyPort()).address()), 10);
		assertThat(failureOf(this.serverTransport.listen(ours.address())))
			.hasMessageContaining(ours.address().toString());
		assertThat(failureOf(this.serverTransport.listen(Multiaddr.parse("/ip4/0.0.0.0/tcp/" + port(ours)))))
			.hasMessageContaining(port(ours));
		assertThatThrownBy(
				() -> new ServerSocket(Integer.parseInt(port(ours)), 1, InetAddress.getLoopbackAddress()).close())
			.isInstanceOf(BindException.class);
	}

	@Test
	void aPortIsListenedOnAgainWhileADialThatLeftFromItLives() throws Exception {
		Listener ours = listenHere(anyPort());
		RawSession session = dial(listen(anyPort()).address());
		await(ours.close());
		Listener again = listenHere(ours.address());
		assertThat(again.address()).isEqualTo(ours.address());
		echo(session, 10);
	}

	@Test
	void aFailedUpgradeIsTriedOnceMoreFromAnotherPort() throws Exception {
		UpgradeFailed cause = new UpgradeFailed("Both ends were initiators");
		this.client.upgradeWith(ImmediateEventExecutor.INSTANCE.newFailedFuture(cause));
		Listener ours = listenHere(anyPort());
		Listener listener = listen(anyPort());
		assertThat(failureOf(this.clientTransport.dial(listener.address(), DialOptions.ANY_PEER))).isSameAs(cause);
		List<Multiaddr> seen = new ArrayList<>(List.of(this.server.nextInbound().remote()));
		if (sharesPorts()) {
			// They are accepted on event loops of their own.
			seen.add(this.server.nextInbound().remote());
			assertThat(seen).containsOnlyOnce(ours.address());
		}
		assertThat(seen).doesNotHaveDuplicates();
		echo(dialAnew(listener), 10);
		this.server.nextInbound();
		assertThat(this.server.waitingInbound()).isZero();
	}

	private RawSession dialAnew(Listener listener) throws Exception {
		this.client.upgradeItself();
		return dial(listener.address());
	}

	/** NIO cannot share a port. */
	protected boolean sharesPorts() {
		return Epoll.isAvailable();
	}

	private Listener listenHere(Multiaddr address) throws Exception {
		return await(this.clientTransport.listen(address));
	}

	private static String port(Listener listener) {
		return listener.address().components().get(1).value();
	}

	private static Socket connectRaw(Listener listener) throws IOException {
		String port = listener.address().toString().substring("/ip4/127.0.0.1/tcp/".length());
		return new Socket(InetAddress.getLoopbackAddress(), Integer.parseInt(port));
	}

	/** Stays when the peer's side ends. */
	private static final class HalfCloser extends ChannelInboundHandlerAdapter {

		private final CountDownLatch halfClosed;

		HalfCloser(CountDownLatch halfClosed) {
			this.halfClosed = halfClosed;
		}

		@Override
		public void handlerAdded(ChannelHandlerContext ctx) {
			ctx.channel().config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
		}

		@Override
		public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
			if (event instanceof ChannelInputShutdownEvent) {
				this.halfClosed.countDown();
			}
		}

		@Override
		public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
			ctx.close();
		}

	}

}

package io.p2pboot.libp2p.transport;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.p2pboot.libp2p.UpgradeFailed;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.transport.RawNode.Inbound;
import io.p2pboot.libp2p.transport.RawNode.RawSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * What every transport that carries only bytes has to do, beneath the upgrader.
 */
@Timeout(60)
public abstract class RawTransportConformance {

	private final List<Transport> transports = new ArrayList<>();

	private final List<Listener> listeners = new ArrayList<>();

	protected RawNode server;

	protected RawNode client;

	protected Transport serverTransport;

	protected Transport clientTransport;

	/** Makes a transport, not started. */
	protected abstract Transport createTransport();

	/** An address to listen on, any port. */
	protected abstract Multiaddr anyPort();

	/** Addresses that belong to another transport. */
	protected abstract List<String> foreignAddresses();

	/** The label of connections. */
	protected String label() {
		return this.serverTransport.name();
	}

	protected EventLoops createEventLoops() {
		return EventLoops.create(2);
	}

	@BeforeEach
	void startNodes() {
		this.server = new RawNode(createEventLoops());
		this.client = new RawNode(createEventLoops());
		this.serverTransport = started(this.server);
		this.clientTransport = started(this.client);
	}

	@AfterEach
	void stopNodes() throws Exception {
		for (Listener listener : this.listeners) {
			await(listener.close());
		}
		for (Transport transport : this.transports) {
			await(transport.close());
		}
		this.client.close();
		this.server.close();
	}

	private Transport started(RawNode node) {
		Transport transport = createTransport();
		transport.start(node);
		this.transports.add(transport);
		return transport;
	}

	protected final Listener listen(Multiaddr address) throws Exception {
		Listener listener = await(this.serverTransport.listen(address));
		this.listeners.add(listener);
		return listener;
	}

	protected final RawSession dial(Multiaddr address) throws Exception {
		return (RawSession) await(this.clientTransport.dial(address, DialOptions.ANY_PEER)).session();
	}

	protected static <V> V await(Future<V> future) throws Exception {
		return future.get(20, TimeUnit.SECONDS);
	}

	protected static IOException failureOf(Future<?> future) throws Exception {
		try {
			await(future);
		}
		catch (ExecutionException ex) {
			assertThat(ex.getCause()).isInstanceOf(IOException.class);
			return (IOException) ex.getCause();
		}
		throw new AssertionError("Did not fail");
	}

	// T1
	@Test
	void refusesAddressesOfOtherTransports() {
		assertThat(this.clientTransport.supports(anyPort())).isTrue();
		for (String foreign : foreignAddresses()) {
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
		Transport transport = createTransport();
		assertThatIllegalStateException().isThrownBy(() -> transport.listen(anyPort()));
		assertThatIllegalStateException().isThrownBy(() -> transport.dial(anyPort(), DialOptions.ANY_PEER));
	}

	// T2
	@Test
	void resolvesPortZero() throws Exception {
		Listener listener = listen(anyPort());
		assertThat(listener.address()).isNotEqualTo(anyPort());
		assertThat(this.clientTransport.supports(listener.address())).isTrue();
	}

	// T3
	@Test
	void namesTheAddressThatIsBusy() throws Exception {
		Listener listener = listen(anyPort());
		IOException failure = failureOf(this.clientTransport.listen(listener.address()));
		assertThat(failure).isInstanceOf(java.net.BindException.class)
			.hasMessageContaining(listener.address().toString());
	}

	// T4
	@Test
	void listensOnSeveralAddresses() throws Exception {
		for (int i = 0; i < 3; i++) {
			Listener listener = listen(anyPort());
			echo(dial(listener.address()), 100);
			assertThat(this.server.nextInbound().local()).isEqualTo(listener.address());
		}
	}

	// T5
	@Test
	void carriesBytesBothWays() throws Exception {
		Listener listener = listen(anyPort());
		MuxedConnection connection = await(this.clientTransport.dial(listener.address(), DialOptions.ANY_PEER));
		RawSession session = (RawSession) connection.session();
		for (int bytes : new int[] { 1, 2, 1000, 65_535, 65_536, 65_537, 1_000_000 }) {
			echo(session, bytes);
		}
		Inbound inbound = this.server.nextInbound();
		assertThat(inbound.transport()).isEqualTo(label()).isEqualTo(connection.transport());
		assertThat(inbound.local()).isEqualTo(connection.remote()).isEqualTo(listener.address());
		assertThat(inbound.remote()).isEqualTo(connection.local());
	}

	protected static void echo(RawSession session, int bytes) throws InterruptedException {
		ByteBuf sent = random(bytes);
		String expected = HexFormat.of().formatHex(sent.array());
		session.channel().writeAndFlush(sent);
		assertThat(session.inbox().read(bytes).equals(expected)).as("echo of %s bytes", bytes).isTrue();
	}

	private static ByteBuf random(int bytes) {
		byte[] content = new byte[bytes];
		new Random(bytes).nextBytes(content);
		return Unpooled.wrappedBuffer(content);
	}

	// T5
	@Test
	void leavesTheWritersBufferAlone() throws Exception {
		RawSession session = dial(listen(anyPort()).address());
		this.server.serveWith(new RawNode.Echo());
		ByteBuf mine = Unpooled.wrappedBuffer(new byte[] { 1, 2, 3 });
		session.channel().writeAndFlush(mine.retainedDuplicate());
		assertThat(session.inbox().read(3)).isEqualTo("010203");
		assertThat(mine.refCnt()).isEqualTo(1);
		mine.release();
	}

	// T6
	@Test
	void cancelledDialClosesItsChannel() throws Exception {
		Listener listener = listen(anyPort());
		// The upgrade never ends, so the dial is open until it is cancelled.
		Future<MuxedConnection> never = ImmediateEventExecutor.INSTANCE.newPromise();
		this.client.upgradeWith(never);
		Future<MuxedConnection> dial = this.clientTransport.dial(listener.address(), DialOptions.ANY_PEER);
		Channel accepted = this.server.nextInbound().channel();
		assertThat(dial.cancel(false)).isTrue();
		await(accepted.closeFuture());
		assertThatExceptionOfType(CancellationException.class).isThrownBy(() -> await(dial));
	}

	// T6
	@Test
	void dialCancelledAtOnceLeavesNothing() throws Exception {
		Listener listener = listen(anyPort());
		for (int i = 0; i < 50; i++) {
			Future<MuxedConnection> dial = this.clientTransport.dial(listener.address(), DialOptions.ANY_PEER);
			if (!dial.cancel(false)) {
				await(((RawSession) await(dial).session()).channel().close());
			}
		}
		MuxedConnection last = await(this.clientTransport.dial(listener.address(), DialOptions.ANY_PEER));
		echo((RawSession) last.session(), 10);
		// What got through before it was cancelled is closed by us.
		for (int i = this.server.waitingInbound(); i > 0; i--) {
			Inbound inbound = this.server.nextInbound();
			if (!inbound.remote().equals(last.local())) {
				await(inbound.channel().closeFuture());
			}
		}
		echo((RawSession) last.session(), 10);
	}

	// T6
	@Test
	void cancelAfterTheDialChangesNothing() throws Exception {
		Future<MuxedConnection> dial = this.clientTransport.dial(listen(anyPort()).address(), DialOptions.ANY_PEER);
		RawSession session = (RawSession) await(dial).session();
		assertThat(dial.cancel(true)).isFalse();
		echo(session, 10);
	}

	// T7
	@Test
	void refusedDialNamesTheAddress() throws Exception {
		Listener listener = listen(anyPort());
		await(listener.close());
		assertThat(failureOf(this.clientTransport.dial(listener.address(), DialOptions.ANY_PEER)))
			.isInstanceOf(java.net.ConnectException.class)
			.hasMessageContaining(listener.address().toString());
	}

	// T11
	@Test
	void closedListenerFreesItsPortAndKeepsItsConnections() throws Exception {
		Listener listener = listen(anyPort());
		RawSession session = dial(listener.address());
		echo(session, 10);
		await(listener.close());
		await(listener.close());
		failureOf(this.clientTransport.dial(listener.address(), DialOptions.ANY_PEER));
		echo(session, 10);
		await(session.channel().close());
		Listener again = listen(listener.address());
		assertThat(again.address()).isEqualTo(listener.address());
		echo(dial(again.address()), 10);
	}

	// T12
	@Test
	void closedTransportDialsAndListensNoMore() throws Exception {
		Listener listener = listen(anyPort());
		await(this.clientTransport.close());
		await(this.clientTransport.close());
		assertThat(failureOf(this.clientTransport.dial(listener.address(), DialOptions.ANY_PEER)))
			.hasMessageContaining("closed");
		assertThat(failureOf(this.clientTransport.listen(anyPort()))).hasMessageContaining("closed");
	}

	// T14
	@Test
	void noticesThatTheOtherEndCloses() throws Exception {
		Listener listener = listen(anyPort());
		RawSession session = dial(listener.address());
		await(this.server.nextInbound().channel().close());
		await(session.channel().closeFuture());
		RawSession other = dial(listener.address());
		Channel accepted = this.server.nextInbound().channel();
		await(other.channel().close());
		await(accepted.closeFuture());
	}

	// T14
	@Test
	void deliversWhatWasWrittenBeforeTheClose() throws Exception {
		this.server.serveWith(new Farewell());
		RawSession session = dial(listen(anyPort()).address());
		assertThat(session.inbox().read(100_000)).hasSize(200_000);
		await(session.channel().closeFuture());
	}

	// T15
	@Test
	void holdsTheWriterBackWhileNothingIsRead() throws Exception {
		Deaf deaf = new Deaf();
		this.server.serveWith(deaf);
		Channel writer = dial(listen(anyPort()).address()).channel();
		Channel reader = this.server.nextInbound().channel();
		stopReading(reader);
		AtomicLong flushed = new AtomicLong();
		long written = 0;
		// The kernel's buffers and ours are far below 64 MiB.
		while (writer.isWritable() && written < 64 << 20) {
			ChannelFuture write = writer.writeAndFlush(Unpooled.wrappedBuffer(new byte[65_536]));
			write.addListener((done) -> flushed.addAndGet(65_536));
			written += 65_536;
			await(writer.eventLoop().submit(() -> true));
		}
		assertThat(writer.isWritable()).isFalse();
		assertThat(written).isLessThan(64 << 20);
		long expected = written;
		deaf.expect(expected);
		reader.config().setAutoRead(true);
		assertThat(deaf.received.await(20, TimeUnit.SECONDS)).as("%s bytes arrive", expected).isTrue();
		await(writer.eventLoop().submit(() -> true));
		assertThat(writer.isWritable()).isTrue();
		assertThat(flushed).hasValue(expected);
	}

	/** On its event loop, so that the transport has let it read before. */
	private static void stopReading(Channel channel) throws Exception {
		await(channel.eventLoop().submit(() -> channel.config().setAutoRead(false)));
	}

	// T15
	@Test
	void closesWhileAWriteIsBlocked() throws Exception {
		this.server.serveWith(new Deaf());
		Channel writer = dial(listen(anyPort()).address()).channel();
		Channel reader = this.server.nextInbound().channel();
		stopReading(reader);
		ChannelFuture blocked = writer.writeAndFlush(Unpooled.wrappedBuffer(new byte[16 << 20]));
		await(reader.close());
		failureOf(blocked);
		await(writer.closeFuture());
	}

	// T25
	@Test
	void failedUpgradeDoesNotStopAccepting() throws Exception {
		Listener listener = listen(anyPort());
		this.server.serveWith(new Refusal());
		for (int i = 0; i < 20; i++) {
			await(dial(listener.address()).channel().closeFuture());
		}
		this.server.serveWith(new RawNode.Echo());
		echo(dial(listener.address()), 10);
	}

	// T25
	@Test
	void failedUpgradeFailsTheDialWithItsCause() throws Exception {
		Listener listener = listen(anyPort());
		UpgradeFailed cause = new UpgradeFailed("no muxer in common");
		this.client.upgradeWith(ImmediateEventExecutor.INSTANCE.newFailedFuture(cause));
		assertThat(failureOf(this.clientTransport.dial(listener.address(), DialOptions.ANY_PEER))).isSameAs(cause);
		await(this.server.nextInbound().channel().closeFuture());
	}

	// T40
	@Test
	void connectsAgainAndAgain() throws Exception {
		Listener listener = listen(anyPort());
		for (int i = 0; i < 5; i++) {
			RawSession session = dial(listener.address());
			echo(session, 1000);
			await(session.channel().close());
		}
	}

	/** Writes, then closes, when added. */
	@ChannelHandler.Sharable
	private static final class Farewell extends ChannelInboundHandlerAdapter {

		@Override
		public void handlerAdded(ChannelHandlerContext ctx) {
			ctx.writeAndFlush(random(100_000)).addListener((done) -> ctx.close());
		}

	}

	/** Closes when added. */
	@ChannelHandler.Sharable
	private static final class Refusal extends ChannelInboundHandlerAdapter {

		@Override
		public void handlerAdded(ChannelHandlerContext ctx) {
			ctx.close();
		}

	}

	/** Drops what it reads, and counts it. */
	private static final class Deaf extends ChannelInboundHandlerAdapter {

		private final CountDownLatch received = new CountDownLatch(1);

		private long left = Long.MAX_VALUE;

		private long seen;

		synchronized void expect(long bytes) {
			this.left = bytes;
			check();
		}

		@Override
		public synchronized void channelRead(ChannelHandlerContext ctx, Object msg) {
			this.seen += ((ByteBuf) msg).readableBytes();
			((ByteBuf) msg).release();
			check();
		}

		private void check() {
			if (this.seen >= this.left) {
				this.received.countDown();
			}
		}

		@Override
		public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
			ctx.close();
		}

	}

}

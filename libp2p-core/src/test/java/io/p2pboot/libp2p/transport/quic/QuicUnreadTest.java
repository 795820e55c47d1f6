package io.p2pboot.libp2p.transport.quic;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.ReferenceCountUtil;
import io.p2pboot.libp2p.muxer.MuxerSession;
import io.p2pboot.libp2p.muxer.StreamChildChannel;
import io.p2pboot.libp2p.resource.UnreadMemory;
import io.p2pboot.libp2p.transport.Listener;
import io.p2pboot.libp2p.transport.MuxedConnection;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the codec holds of streams that nobody reads: row 3 of the attacks.
 */
class QuicUnreadTest extends QuicSuite {

	private static final long MEMORY = 16 << 20;

	private static final int WINDOW = QuicConfig.DEFAULT_STREAM_WINDOW_BYTES;

	private static final byte[] CONTENT = new byte[2 * WINDOW];

	private final UnreadMemory memory = new UnreadMemory(MEMORY);

	private final Unread unread = new Unread();

	@BeforeEach
	void readNothing() {
		this.server.memory(this.memory);
		this.server.serveWith((stream) -> stream.pipeline().addLast(this.unread));
	}

	private static void until(String what, BooleanSupplier condition) {
		long end = System.nanoTime() + 60_000_000_000L;
		while (!condition.getAsBoolean()) {
			assertThat(System.nanoTime() - end).as(what).isNegative();
			LockSupport.parkNanos(1_000_000);
		}
	}

	private long held() {
		return MEMORY - this.memory.left();
	}

	/** Writes as much as the first windows of so many streams take. */
	private static void fill(MuxerSession session, int streams) {
		for (int i = 0; i < streams; i++) {
			session.openStream(new MuxNode.Inbox()).addListener((opened) -> {
				if (opened.isSuccess()) {
					((DuplexChannel) opened.getNow()).writeAndFlush(Unpooled.wrappedBuffer(CONTENT));
				}
			});
		}
	}

	@Test
	void whatNobodyReadsCountsAndWhatIsReadDoesNot() throws Exception {
		MuxedConnection connection = connect();
		MuxedConnection inbound = this.server.nextInbound();
		fill(connection.session(), 4);
		until("all is counted", () -> inbound.scope().reservedBytes() >= 4 * WINDOW);
		assertThat(inbound.scope().reservedBytes()).isLessThanOrEqualTo(4 * WINDOW * 11 / 10);
		assertThat(held()).isEqualTo(inbound.scope().reservedBytes());
		this.unread.readAll();
		until("all is read", () -> this.unread.bytes == 4 * 2 * WINDOW);
		until("nothing is counted", () -> held() == 0);
		assertThat(connection.session().channel().isOpen()).isTrue();
	}

	@Test
	void asMuchCountsAfterHundredsOfStreamsHaveEnded() throws Exception {
		this.server.serveWith(MuxNode::echo);
		MuxedConnection connection = connect();
		MuxedConnection inbound = this.server.nextInbound();
		for (int i = 0; i < 300; i++) {
			MuxNode.Inbox inbox = new MuxNode.Inbox();
			StreamChildChannel stream = open(connection, inbox);
			stream.writeAndFlush(Unpooled.wrappedBuffer(new byte[5000]));
			until("echoed", () -> inbox.bytes() == 5000);
			await((i % 2 == 0) ? stream.reset(0) : stream.close());
		}
		until("all have ended", () -> inbound.session().streams() == 0);
		this.server.serveWith((stream) -> stream.pipeline().addLast(this.unread));
		fill(connection.session(), 4);
		until("all is counted", () -> inbound.scope().reservedBytes() >= 4 * WINDOW);
		assertThat(inbound.scope().reservedBytes()).isLessThanOrEqualTo(4 * WINDOW * 11 / 10);
	}

	@Test
	void thirtyConnectionsHoldNoMoreThanTheNodeHasMemoryAndAnotherIsServed() throws Exception {
		Listener listener = listen(ANY_PORT);
		List<MuxedConnection> inbound = new ArrayList<>();
		long before = residentBytes();
		for (int i = 0; i < 30; i++) {
			fill(dial(listener.address()).session(), 40);
			inbound.add(this.server.nextInbound());
		}
		long most = 0;
		until("much is held", () -> held() > MEMORY / 2);
		long end = System.nanoTime() + 2_000_000_000L;
		while (System.nanoTime() - end < 0) {
			most = Math.max(most, held());
			LockSupport.parkNanos(100_000);
		}
		assertThat(most).isBetween(MEMORY / 2, MEMORY + MEMORY / 2 + (1 << 20));
		this.server.serveWith(MuxNode::echo);
		MuxedConnection honest = dial(listener.address());
		MuxNode.Inbox inbox = new MuxNode.Inbox();
		await(honest.session().openStream(inbox)).writeAndFlush(Unpooled.wrappedBuffer(new byte[100_000]));
		until("echoed", () -> inbox.bytes() == 100_000);
		System.out.printf("Row 3: 30 connections, %d MiB of memory, at most %d KiB held, the process grew by %d MiB%n",
				MEMORY >> 20, most >> 10, residentBytes() - before >> 20);
	}

	private static long residentBytes() throws Exception {
		Path status = Path.of("/proc/self/statm");
		return Files.exists(status) ? Long.parseLong(Files.readString(status).split(" ")[1]) * 4096 : 0;
	}

	/** Reads nothing until told. */
	@ChannelHandler.Sharable
	private static final class Unread extends ChannelInboundHandlerAdapter {

		private final List<Channel> streams = new ArrayList<>();

		private volatile int bytes;

		@Override
		public synchronized void handlerAdded(ChannelHandlerContext ctx) {
			ctx.channel().config().setAutoRead(false);
			this.streams.add(ctx.channel());
		}

		synchronized void readAll() {
			this.streams.forEach((stream) -> stream.config().setAutoRead(true));
		}

		@Override
		public void channelRead(ChannelHandlerContext ctx, Object message) {
			// One event loop for all.
			this.bytes = this.bytes + ((ByteBuf) message).readableBytes();
			ReferenceCountUtil.release(message);
		}

	}

}

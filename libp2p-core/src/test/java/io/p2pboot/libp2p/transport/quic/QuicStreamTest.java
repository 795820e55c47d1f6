package io.p2pboot.libp2p.transport.quic;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.muxer.StreamChildChannel;
import io.p2pboot.libp2p.transport.MuxedConnection;
import io.p2pboot.libp2p.transport.quic.MuxNode.Inbox;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Streams of QUIC as {@link io.p2pboot.libp2p.muxer.MuxerSession} describes them.
 */
class QuicStreamTest extends QuicSuite {

	private final BlockingQueue<StreamChildChannel> accepted = new LinkedBlockingQueue<>();

	private MuxedConnection connection;

	private MuxedConnection other;

	@Override
	QuicConfig config() {
		return QuicConfig.DEFAULT.withStreams(16, 64 * 1024, 128 * 1024);
	}

	@BeforeEach
	void connectNodes() throws Exception {
		this.connection = connect();
		this.other = this.server.nextInbound();
	}

	/** Inbound streams do not read, and wait in the queue. */
	private void hold() {
		this.server.serveWith(this.accepted::add);
	}

	private StreamChildChannel nextAccepted() throws InterruptedException {
		StreamChildChannel next = this.accepted.poll(20, TimeUnit.SECONDS);
		assertThat(next).as("a stream within 20 s").isNotNull();
		return next;
	}

	private static <V> V onLoop(Channel channel, java.util.concurrent.Callable<V> action) throws Exception {
		return await(channel.eventLoop().submit(action));
	}

	@Test
	void endAfterDataThatWaitsForTheWindowComesLast() throws Exception {
		Inbox inbox = new Inbox();
		StreamChildChannel stream = open(this.connection, inbox);
		stream.writeAndFlush(Unpooled.wrappedBuffer(new byte[1_000_000]));
		stream.shutdownOutput();
		assertThat(inbox.nextEvent()).isEqualTo("ChannelOutputShutdownEvent");
		assertThat(inbox.nextEvent()).isEqualTo("ChannelInputShutdownEvent");
		assertThat(inbox.bytes()).isEqualTo(1_000_000);
		await(stream.closeFuture());
		assertThat(inbox.nextEvent()).isEqualTo("inactive");
	}

	/** FIN once left before the last write, one time in ten. */
	@Test
	void noDataIsLostAtTheEnd() throws Exception {
		for (int round = 0; round < 50; round++) {
			Inbox inbox = new Inbox();
			StreamChildChannel stream = open(this.connection, inbox);
			stream.writeAndFlush(Unpooled.wrappedBuffer(new byte[1_000_000]));
			stream.shutdownOutput();
			await(stream.closeFuture());
			assertThat(inbox.bytes()).as("round " + round).isEqualTo(1_000_000);
		}
	}

	@Test
	void theEndComesAfterWhatIsWrittenWhenThereIsRoomAgain() throws Exception {
		Inbox inbox = new Inbox();
		StreamChildChannel stream = open(this.connection, inbox);
		stream.pipeline().addFirst(new ChannelInboundHandlerAdapter() {
			@Override
			public void channelWritabilityChanged(ChannelHandlerContext ctx) {
				if (ctx.channel().isWritable()) {
					ctx.writeAndFlush(Unpooled.wrappedBuffer(new byte[1000]));
					stream.shutdownOutput();
				}
			}
		});
		stream.writeAndFlush(Unpooled.wrappedBuffer(new byte[100_000]));
		assertThat(inbox.nextEvent()).isEqualTo("ChannelOutputShutdownEvent");
		assertThat(inbox.nextEvent()).isEqualTo("ChannelInputShutdownEvent");
		assertThat(inbox.bytes()).isEqualTo(101_000);
	}

	@Test
	void closeSendsWhatWasWrittenAndItsEnd() throws Exception {
		hold();
		StreamChildChannel stream = open(this.connection, new Inbox());
		stream.writeAndFlush(Unpooled.wrappedBuffer(new byte[500_000]));
		Future<Void> closed = stream.close();
		StreamChildChannel end = nextAccepted();
		Inbox inbox = new Inbox();
		onLoop(end, () -> end.pipeline().addLast(inbox));
		end.config().setAutoRead(true);
		await(closed);
		assertThat(inbox.nextEvent()).isEqualTo("ChannelInputShutdownEvent");
		assertThat(inbox.bytes()).isEqualTo(500_000);
	}

	@Test
	void writesAfterThePeersCloseAreDroppedForAWhileAndThenFail() throws Exception {
		hold();
		StreamChildChannel stream = open(this.connection, new Inbox());
		await(stream.writeAndFlush(Unpooled.wrappedBuffer(new byte[1])));
		await(nextAccepted().close());
		int failed = 0;
		for (int i = 0; i < 64 && failed == 0; i++) {
			Future<Void> write = stream.writeAndFlush(Unpooled.wrappedBuffer(new byte[64 * 1024]));
			assertThat(write.await(20, TimeUnit.SECONDS)).isTrue();
			failed += write.isSuccess() ? 0 : 1;
		}
		assertThat(failed).isEqualTo(1);
	}

	@Test
	void resetReachesTheOtherEndWithItsCode() throws Exception {
		hold();
		for (long code : new long[] { 0, 1, 0x1003, Integer.MAX_VALUE }) {
			Inbox mine = new Inbox();
			StreamChildChannel stream = open(this.connection, mine);
			await(stream.writeAndFlush(Unpooled.wrappedBuffer(new byte[10])));
			StreamChildChannel end = nextAccepted();
			Inbox theirs = new Inbox();
			onLoop(end, () -> end.pipeline().addLast(theirs));
			end.config().setAutoRead(true);
			await(stream.reset(code));
			assertThat(mine.nextEvent()).contains("StreamReset").contains("this node").contains("code " + code);
			assertThat(theirs.nextEvent()).contains("StreamReset").contains("remote").contains("code " + code);
			assertThat(theirs.nextEvent()).isEqualTo("inactive");
		}
	}

	@Test
	void codesThatTheCodecCannotSendBecomeTheLargest() throws Exception {
		hold();
		StreamChildChannel stream = open(this.connection, new Inbox());
		await(stream.writeAndFlush(Unpooled.wrappedBuffer(new byte[10])));
		StreamChildChannel end = nextAccepted();
		Inbox theirs = new Inbox();
		onLoop(end, () -> end.pipeline().addLast(theirs));
		end.config().setAutoRead(true);
		await(stream.reset(0xFFFF_FFFFL));
		assertThat(theirs.nextEvent()).endsWith("code " + Integer.MAX_VALUE);
	}

	@Test
	void resetReachesAWriterThatIsBlocked() throws Exception {
		hold();
		Inbox mine = new Inbox();
		StreamChildChannel stream = open(this.connection, mine);
		stream.config().setAutoRead(false);
		stream.writeAndFlush(Unpooled.wrappedBuffer(new byte[1_000_000]));
		StreamChildChannel end = nextAccepted();
		await(end.reset(42));
		assertThat(mine.nextEvent()).contains("StreamReset").contains("remote");
		await(stream.closeFuture());
	}

	@Test
	void unreadStreamHoldsTheWriterBackAndCreditFollowsReads() throws Exception {
		hold();
		StreamChildChannel stream = open(this.connection, new Inbox());
		Future<Void> write = stream.writeAndFlush(Unpooled.wrappedBuffer(new byte[1_000_000]));
		StreamChildChannel end = nextAccepted();
		Inbox theirs = new Inbox();
		onLoop(end, () -> end.pipeline().addLast(theirs));
		int before = 0;
		for (int reads = 1; reads <= 5; reads++) {
			onLoop(end, end::read);
			while (theirs.bytes() == before) {
				await(end.eventLoop().submit(() -> true));
			}
			int batch = theirs.bytes() - before;
			assertThat(batch).isLessThanOrEqualTo(QuicSession.MAX_READ_BYTES);
			before = theirs.bytes();
		}
		assertThat(write.isDone()).isFalse();
		end.config().setAutoRead(true);
		await(write);
	}

	@Test
	void oneStreamMoreThanThePeerAllowsWaits() throws Exception {
		hold();
		List<StreamChildChannel> open = new ArrayList<>();
		for (int i = 0; i < 16; i++) {
			StreamChildChannel stream = open(this.connection, new Inbox());
			stream.writeAndFlush(Unpooled.wrappedBuffer(new byte[1]));
			open.add(stream);
		}
		Future<StreamChildChannel> waiting = this.connection.session().openStream(new Inbox());
		for (int i = 0; i < 16; i++) {
			StreamChildChannel end = nextAccepted();
			assertThat(waiting.isDone()).isFalse();
			if (i == 15) {
				await(end.reset(0));
			}
		}
		StreamChildChannel stream = await(waiting);
		stream.writeAndFlush(Unpooled.wrappedBuffer(new byte[1]));
		nextAccepted();
	}

	@Test
	void opensThatWaitAreBoundedAndFailWithTheConnection() throws Exception {
		hold();
		for (int i = 0; i < 16; i++) {
			open(this.connection, new Inbox());
		}
		List<Future<StreamChildChannel>> waiting = new ArrayList<>();
		for (int i = 0; i < QuicSession.MAX_WAITING_OPENS; i++) {
			waiting.add(this.connection.session().openStream(new Inbox()));
		}
		assertThat(failureOf(this.connection.session().openStream(new Inbox())))
			.hasMessageContaining("streams waiting for the peer");
		await(this.connection.session().close(0));
		for (Future<StreamChildChannel> each : waiting) {
			assertThat(failureOf(each)).hasMessageContaining("closed by this node");
		}
	}

	@Test
	void anOpenThatNobodyWaitsForAnyMoreOpensNothing() throws Exception {
		hold();
		for (int i = 0; i < 16; i++) {
			open(this.connection, new Inbox()).writeAndFlush(Unpooled.wrappedBuffer(new byte[1]));
		}
		List<StreamChildChannel> setUp = new CopyOnWriteArrayList<>();
		List<Future<StreamChildChannel>> waiting = new ArrayList<>();
		for (int i = 0; i < QuicSession.MAX_WAITING_OPENS; i++) {
			waiting.add(this.connection.session().openStream(setUp::add));
		}
		waiting.forEach((open) -> open.cancel(false));
		Future<StreamChildChannel> last = this.connection.session().openStream(new Inbox());
		for (int i = 1; i < 16; i++) {
			nextAccepted();
		}
		await(nextAccepted().reset(0));
		await(last);
		assertThat(setUp).as("streams of those who have given up").isEmpty();
		assertThat(this.connection.session().streams()).isEqualTo(16);
	}

	@Test
	void aStreamThatWasClosedDoesNotWaitForItsPeerForEver() throws Exception {
		hold();
		Inbox mine = new Inbox();
		StreamChildChannel stream = open(this.connection, mine);
		stream.writeAndFlush(Unpooled.wrappedBuffer(new byte[1_000_000]));
		StreamChildChannel end = nextAccepted();
		Inbox theirs = new Inbox();
		onLoop(end, () -> end.pipeline().addLast(theirs));
		stream.close();
		QuicSession session = (QuicSession) this.connection.session();
		assertThat(onLoop(stream, () -> {
			session.sweep(stream.eventLoop().ticker().nanoTime() + QuicSession.LINGER_NANOS / 2);
			return stream.isOpen();
		})).isTrue();
		assertThat(onLoop(stream, () -> {
			session.sweep(stream.eventLoop().ticker().nanoTime() + QuicSession.LINGER_NANOS);
			return stream.isOpen();
		})).isFalse();
		assertThat(mine.nextEvent()).contains("the peer does not take what was written");
		assertThat(session.streams()).isZero();
		assertThat(theirs.nextEvent()).contains("StreamReset").contains("remote");
	}

	@Test
	void streamsThatEndAreForgotten() throws Exception {
		for (int round = 0; round < 200; round++) {
			Inbox inbox = new Inbox();
			StreamChildChannel stream = open(this.connection, inbox);
			await(stream.writeAndFlush(Unpooled.wrappedBuffer(new byte[100])));
			if (round % 2 == 0) {
				await(stream.reset(7));
			}
			else {
				await(stream.shutdownOutput());
				await(stream.closeFuture());
			}
		}
		assertThat(this.connection.session().streams()).isZero();
		assertThat(CodecTables.streams(this.connection.session().channel())).isZero();
		awaitZero(() -> this.other.session().streams());
		awaitZero(() -> CodecTables.streams(this.other.session().channel()));
	}

	private void awaitZero(java.util.function.IntSupplier count) throws Exception {
		long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
		while (count.getAsInt() > 0 && System.nanoTime() < end) {
			await(this.other.session().channel().eventLoop().schedule(() -> true, 10, TimeUnit.MILLISECONDS));
		}
		assertThat(count.getAsInt()).isZero();
	}

}

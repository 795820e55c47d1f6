package io.p2pboot.libp2p.muxer;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.ConnectionLost;
import io.p2pboot.libp2p.StreamReset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What every multiplexer has to do, seen from its streams.
 */
@Timeout(120)
public abstract class MuxerConformance extends ConnectedMuxers {

	// Streams.

	@Test
	void aStreamOpensEchoesAndCloses() throws Exception { // M1
		echo(this.dialer, pattern(1000, 1));
		echo(this.listener, pattern(1000, 2));
		awaitNoStreams(this.dialer);
		awaitNoStreams(this.listener);
	}

	@Test
	void bothSidesOpenAtOnce() throws Exception { // M3
		record();
		RecordedStream ours = open(this.dialer);
		RecordedStream theirs = open(this.listener);
		ours.write((byte) 1);
		theirs.write((byte) 2);
		RecordedStream first = accept();
		RecordedStream second = accept();
		List<byte[]> received = List.of(first.awaitBytes(1), second.awaitBytes(1));
		assertThat(received).containsExactlyInAnyOrder(new byte[] { 1 }, new byte[] { 2 });
		assertThat(this.dialer.streams()).isEqualTo(2);
		assertThat(this.listener.streams()).isEqualTo(2);
	}

	@Test
	void aStreamIsListedUntilBothSidesHaveClosed() throws Exception { // M4
		Both both = both();
		await(both.ours().channel().shutdownOutput());
		both.theirs().awaitEnd();
		assertThat(this.dialer.streams()).isEqualTo(1);
		assertThat(this.listener.streams()).isEqualTo(1);
		await(both.theirs().channel().shutdownOutput());
		both.ours().awaitClosed();
		both.theirs().awaitClosed();
		awaitNoStreams(this.dialer);
		awaitNoStreams(this.listener);
	}

	@Test
	void aStreamIsNotListedAfterItsReset() throws Exception { // M4
		Both both = both();
		await(both.ours().channel().reset(1));
		assertThat(this.dialer.streams()).isZero();
		both.theirs().awaitClosed();
		awaitNoStreams(this.listener);
	}

	@Test
	void theOtherDirectionGoesOnAfterAHalfClose() throws Exception { // M5
		Both both = both();
		both.ours().write((byte) 2);
		await(both.ours().channel().shutdownOutput());
		both.theirs().awaitEnd();
		assertThat(both.theirs().received()).containsExactly(1, 2);
		assertThat(both.theirs().channel().isInputShutdown()).isTrue();
		assertThat(both.theirs().channel().isOutputShutdown()).isFalse();
		await(both.theirs().write((byte) 3, (byte) 4));
		assertThat(both.ours().awaitBytes(2)).containsExactly(3, 4);
		both.theirs().channel().shutdownOutput();
		both.ours().awaitEnd();
	}

	@Test
	void nothingIsWrittenAfterTheLocalEndButReadingGoesOn() throws Exception { // M6
		Both both = both();
		await(both.ours().channel().shutdownOutput());
		assertThat(both.ours().channel().isOutputShutdown()).isTrue();
		assertFails(both.ours().write((byte) 2));
		both.theirs().write((byte) 5);
		assertThat(both.ours().awaitBytes(1)).containsExactly(5);
		both.theirs().awaitEnd();
		assertThat(both.theirs().received()).containsExactly(1);
	}

	@Test
	void whatWasQueuedIsReadAfterTheRemoteClose() throws Exception { // M7, M8
		this.autoRead = false;
		Both both = both();
		byte[] message = pattern(50_000, 3);
		await(both.ours().write(message));
		await(both.ours().channel().close());
		assertThat(both.theirs().hasEnded()).isFalse();
		both.theirs().channel().config().setAutoRead(true);
		both.theirs().awaitEnd();
		assertThat(both.theirs().receivedBytes()).isEqualTo(1 + message.length);
		assertThat(both.theirs().failures()).isZero();
	}

	@Test
	void withoutAutoReadNothingIsDeliveredUnasked() throws Exception { // M8
		this.autoRead = false;
		Both both = both();
		Both other = both();
		other.theirs().channel().read();
		other.theirs().awaitBytes(1);
		assertThat(both.theirs().receivedBytes()).isZero();
		both.theirs().channel().read();
		assertThat(both.theirs().awaitBytes(1)).containsExactly(1);
	}

	// Resets.

	@Test
	void aResetEndsBothDirectionsOfBothSides() throws Exception { // M9, M10, M12
		Both both = both();
		await(both.ours().channel().reset(77));
		assertThat(both.ours().awaitFailure()).isInstanceOfSatisfying(StreamReset.class, (reset) -> {
			assertThat(reset.isRemote()).isFalse();
			assertThat(reset.code()).hasValue(77);
		});
		assertThat(both.theirs().awaitFailure()).isInstanceOfSatisfying(StreamReset.class, (reset) -> {
			assertThat(reset.isRemote()).isTrue();
			if (carriesResetCodes()) {
				assertThat(reset.code()).hasValue(77);
			}
		});
		both.ours().awaitClosed();
		both.theirs().awaitClosed();
		assertFails(both.ours().write((byte) 1));
		assertFails(both.theirs().write((byte) 1));
		assertThat(both.ours().failures()).isEqualTo(1);
		assertThat(both.theirs().failures()).isEqualTo(1);
		assertThat(both.theirs().hasEnded()).as("a clean end").isFalse();
	}

	@Test
	void aResetFailsWritesThatWaitForTheWindow() throws Exception { // M9, M22
		this.autoRead = false;
		Both both = both();
		ChannelFuture waiting = both.ours().write(new byte[MORE_THAN_A_WINDOW]);
		both.theirs().channel().reset(5);
		assertFails(waiting);
		both.ours().awaitClosed();
	}

	@Test
	void aResetIsHeardWhereNobodyReadsOrWrites() throws Exception { // M9
		this.autoRead = false;
		Both both = both();
		await(both.ours().write(pattern(10_000, 5)));
		await(both.ours().channel().reset(3));
		assertThat(both.theirs().awaitFailure()).isInstanceOf(StreamReset.class);
		both.theirs().awaitClosed();
		assertThat(both.theirs().receivedBytes()).isZero();
		awaitNoStreams(this.listener);
	}

	@Test
	void theEndIsHeardWhereNobodyReadsOnceNothingIsLeftBeforeIt() throws Exception { // M5
		this.autoRead = false;
		Both both = both();
		both.theirs().channel().read();
		both.theirs().awaitBytes(1);
		await(both.ours().channel().shutdownOutput());
		both.theirs().awaitEnd();
	}

	@Test
	void aResetTakesBackNothingThatWasDelivered() throws Exception { // M11
		Both both = both();
		byte[] message = pattern(10_000, 4);
		await(both.ours().write(message));
		both.theirs().awaitBytes(1 + message.length);
		await(both.ours().channel().reset(0));
		both.theirs().awaitClosed();
		assertThat(both.theirs().receivedBytes()).isEqualTo(1 + message.length);
	}

	@Test
	void aResetAfterTheEndIsSeenByTheWriter() throws Exception { // M9
		Both both = both();
		await(both.ours().channel().shutdownOutput());
		both.theirs().awaitEnd();
		await(both.ours().channel().reset(0));
		if (!tellsIdleStreamsOfResets()) {
			writeUntilOneFails(both.theirs());
			assertThat(both.theirs().awaitFailure()).isInstanceOf(StreamReset.class);
		}
		both.theirs().awaitClosed();
		assertFails(both.theirs().write((byte) 1));
	}

	private static void writeUntilOneFails(RecordedStream stream) throws InterruptedException {
		long deadline = System.nanoTime() + RecordedStream.PATIENCE.toNanos();
		ChannelFuture write = stream.write((byte) 1);
		await(write);
		while (write.isSuccess() && System.nanoTime() < deadline) {
			write = stream.write((byte) 1);
			await(write);
		}
		assertFails(write);
	}

	// The end of the connection.

	@Test
	void noStreamOpensAfterTheConnectionHasClosed() throws Exception { // M13
		await(this.dialer.close(0));
		Future<StreamChildChannel> refused = this.dialer.openStream(new RecordedStream());
		await(refused);
		assertThat(refused.cause()).isInstanceOf(ConnectionLost.class);
	}

	@Test
	void theEndOfTheConnectionEndsAllStreamsOfBothSides() throws Exception { // M14, M15
		List<Both> streams = new ArrayList<>();
		for (int index = 0; index < 20; index++) {
			streams.add(both());
		}
		await(this.dialer.close(0));
		for (Both both : streams) {
			assertThat(both.ours().awaitFailure()).isInstanceOf(ConnectionLost.class);
			assertThat(both.theirs().awaitFailure()).isInstanceOf(ConnectionLost.class);
			both.ours().awaitClosed();
			both.theirs().awaitClosed();
			assertThat(both.ours().failures() + both.theirs().failures()).isEqualTo(2);
		}
		awaitNoStreams(this.dialer);
		awaitNoStreams(this.listener);
	}

	@Test
	void anAbortOfTheConnectionEndsAllStreams() throws Exception { // M16, M30
		Both both = both();
		RecordedStream unused = open(this.dialer);
		await(this.listener.channel().close());
		assertThat(both.ours().awaitFailure()).isInstanceOf(ConnectionLost.class);
		assertThat(both.theirs().awaitFailure()).isInstanceOf(ConnectionLost.class);
		unused.awaitClosed();
		awaitNoStreams(this.dialer);
		awaitNoStreams(this.listener);
	}

	@Test
	void aConnectionWithFullQueuesCloses() throws Exception { // M23
		this.autoRead = false;
		List<ChannelFuture> writes = new ArrayList<>();
		for (int index = 0; index < 20; index++) {
			writes.add(both().ours().write(new byte[MORE_THAN_A_WINDOW]));
		}
		await(this.dialer.close(0));
		for (ChannelFuture write : writes) {
			assertFails(write);
		}
		awaitNoStreams(this.listener);
	}

	// Closing streams.

	@Test
	void closingAStreamLeavesTheOthers() throws Exception { // M17
		Both first = both();
		Both second = both();
		await(first.ours().channel().close());
		first.theirs().awaitEnd();
		await(first.theirs().channel().reset(0));
		await(second.ours().write((byte) 9));
		assertThat(second.theirs().awaitBytes(2)).containsExactly(1, 9);
		assertThat(second.ours().failures()).isZero();
	}

	@Test
	void aCloseSendsWhatWasWrittenBefore() throws Exception { // M18
		Both both = both();
		byte[] message = pattern(200_000, 5);
		both.ours().channel().write(Unpooled.wrappedBuffer(message));
		await(both.ours().channel().close());
		both.theirs().awaitEnd();
		assertThat(both.theirs().receivedBytes()).isEqualTo(1 + message.length);
		assertThat(both.theirs().failures()).isZero();
	}

	@Test
	void closingTwiceIsAsGoodAsOnce() throws Exception { // M20
		Both both = both();
		ChannelFuture first = both.ours().channel().close();
		ChannelFuture second = both.ours().channel().close();
		await(first);
		await(second);
		await(both.ours().channel().close());
		await(both.ours().channel().reset(0));
		assertThat(first.isSuccess() && second.isSuccess()).isTrue();
		both.theirs().awaitEnd();
		assertThat(both.theirs().failures()).isZero();
	}

	@Test
	void bothEndsCloseAtOnce() throws Exception { // M21
		for (int round = 0; round < 100; round++) {
			Both both = both();
			ChannelFuture ours = both.ours().channel().close();
			ChannelFuture theirs = both.theirs().channel().close();
			await(ours);
			await(theirs);
			assertThat(both.ours().failures() + both.theirs().failures()).isZero();
		}
		awaitNoStreams(this.dialer);
		awaitNoStreams(this.listener);
	}

	@Test
	void aCloseWaitsForTheWindowAndEndsWithTheConnection() throws Exception { // M22
		this.autoRead = false;
		Both both = both();
		ChannelFuture written = both.ours().write(new byte[MORE_THAN_A_WINDOW]);
		ChannelFuture closed = both.ours().channel().close();
		both();
		assertThat(written.isDone()).isFalse();
		assertThat(closed.isDone()).isFalse();
		await(this.listener.channel().close());
		assertFails(written);
		await(closed);
	}

	@Test
	void aReaderThatReadsOnCompletesTheClose() throws Exception { // M22
		this.autoRead = false;
		Both both = both();
		ChannelFuture written = both.ours().write(new byte[MORE_THAN_A_WINDOW]);
		ChannelFuture closed = both.ours().channel().close();
		both.theirs().channel().config().setAutoRead(true);
		await(closed);
		assertThat(written.isSuccess()).isTrue();
		both.theirs().awaitEnd();
		assertThat(both.theirs().receivedBytes()).isEqualTo(1 + MORE_THAN_A_WINDOW);
	}

	@Test
	void theEndIsWrittenWhenItsFutureCompletes() throws Exception { // M5, M18
		this.autoRead = false;
		Both both = both();
		ChannelFuture written = both.ours().write(new byte[MORE_THAN_A_WINDOW]);
		ChannelFuture ended = both.ours().channel().shutdownOutput();
		both();
		assertThat(ended.isDone()).as("while data waits for the window").isFalse();
		both.theirs().channel().config().setAutoRead(true);
		await(ended);
		assertThat(written.isSuccess()).isTrue();
		await(both.ours().channel().shutdownOutput());
		both.theirs().awaitEnd();
	}

	@Test
	void anEndThatIsNeverWrittenFails() throws Exception { // M9, M22
		this.autoRead = false;
		Both both = both();
		both.ours().write(new byte[MORE_THAN_A_WINDOW]);
		ChannelFuture ended = both.ours().channel().shutdownOutput();
		both();
		both.theirs().channel().reset(7);
		assertFails(ended);
		assertThat(ended.cause()).isInstanceOf(StreamReset.class);
	}

	// Data.

	@Test
	void anEmptyWriteDeliversNothing() throws Exception { // M25
		Both both = both();
		await(both.ours().write());
		await(both.ours().write((byte) 2));
		assertThat(both.theirs().awaitBytes(2)).containsExactly(1, 2);
	}

	@Test
	void singleBytesArriveInOrder() throws Exception { // M26
		RecordedStream stream = open(this.dialer);
		byte[] message = pattern(2_000, 6);
		for (byte next : message) {
			stream.write(next);
		}
		assertThat(stream.awaitBytes(message.length)).isEqualTo(message);
	}

	@Test
	void piecesOfAnySizeArriveInOrder() throws Exception { // M26
		RecordedStream stream = open(this.dialer);
		Random random = new Random(7);
		byte[] message = pattern(500_000, 7);
		for (int at = 0; at < message.length;) {
			int length = Math.min(message.length - at, random.nextInt(9_000));
			ByteBuf piece = Unpooled.wrappedBuffer(message, at, length);
			if (random.nextBoolean()) {
				stream.channel().write(piece);
			}
			else {
				stream.channel().writeAndFlush(piece);
			}
			at += length;
		}
		stream.channel().flush();
		assertThat(stream.awaitBytes(message.length)).isEqualTo(message);
	}

	@Test
	void tenMebibytesPassInBothDirectionsAtOnce() throws Exception { // M27
		byte[] message = pattern(10 << 20, 8);
		RecordedStream there = open(this.dialer);
		RecordedStream back = open(this.listener);
		there.write(message);
		back.write(message);
		assertThat(there.awaitBytes(message.length)).isEqualTo(message);
		assertThat(back.awaitBytes(message.length)).isEqualTo(message);
	}

	@ParameterizedTest
	@CsvSource({ "1, 1, 1000", "1, 100, 1000", "10, 10, 10000", "100, 10, 1000", "100, 50, 100", "1000, 10, 100",
			"10, 10, 100000" })
	void manyStreamsCarryManyMessages(int streams, int messages, int bytes) throws Exception { // M28
		byte[] message = pattern(bytes, streams);
		List<RecordedStream> open = new ArrayList<>();
		for (int index = 0; index < streams; index++) {
			open.add(open(this.dialer));
		}
		for (int round = 0; round < messages; round++) {
			for (RecordedStream stream : open) {
				stream.write(message);
			}
		}
		for (RecordedStream stream : open) {
			stream.channel().shutdownOutput();
		}
		for (RecordedStream stream : open) {
			stream.awaitEnd();
			byte[] received = stream.received();
			assertThat(received).hasSize(messages * bytes);
			assertThat(received).startsWith(message).endsWith(message);
		}
		awaitNoStreams(this.dialer);
		awaitNoStreams(this.listener);
	}

	@Test
	void fiveThreadsOpenThousandsOfStreams() throws Exception { // M29
		int threads = 5;
		int each = 2_000;
		CountDownLatch closed = new CountDownLatch(threads * each);
		AtomicInteger failures = new AtomicInteger();
		List<Thread> workers = new ArrayList<>();
		for (int worker = 0; worker < threads; worker++) {
			Thread thread = new Thread(() -> openMany(each, closed, failures));
			thread.start();
			workers.add(thread);
		}
		for (Thread thread : workers) {
			thread.join();
		}
		assertThat(closed.await(100, TimeUnit.SECONDS)).as(closed.getCount() + " streams left").isTrue();
		assertThat(failures).hasValue(0);
		awaitNoStreams(this.dialer);
		awaitNoStreams(this.listener);
	}

	/** Opens one stream after the other, each closed when its byte is back. */
	private void openMany(int count, CountDownLatch closed, AtomicInteger failures) {
		for (int index = 0; index < count; index++) {
			ChannelHandler handler = new ChannelInboundHandlerAdapter() {
				@Override
				public void channelRead(ChannelHandlerContext ctx, Object message) {
					((ByteBuf) message).release();
					ctx.close();
				}

				@Override
				public void channelInactive(ChannelHandlerContext ctx) {
					closed.countDown();
				}

				@Override
				public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
					failures.incrementAndGet();
				}
			};
			Future<StreamChildChannel> opened = this.dialer.openStream((stream) -> stream.pipeline().addLast(handler))
				.awaitUninterruptibly();
			opened.getNow().writeAndFlush(Unpooled.wrappedBuffer(new byte[] { 1 })).awaitUninterruptibly();
		}
	}

	// Limits and back-pressure.

	@Test
	void streamsBeyondTheLimitAreRefusedAndTheConnectionLives() throws Exception { // M31
		List<RecordedStream> open = new ArrayList<>();
		for (int index = 0; index < INBOUND_STREAMS; index++) {
			RecordedStream stream = open(this.dialer);
			stream.write((byte) 1);
			stream.awaitBytes(1);
			open.add(stream);
		}
		RecordedStream refused = new RecordedStream();
		Future<StreamChildChannel> opened = this.dialer.openStream(refused);
		if (announcesStreams()) {
			await(opened);
			assertThat(refused.awaitFailure()).isInstanceOf(StreamReset.class);
			await(open.get(0).channel().close());
			awaitStreams(this.listener, INBOUND_STREAMS - 1);
		}
		else {
			assertThat(opened.isDone()).as("waits for the peer's permission").isFalse();
			await(open.get(0).channel().close());
			await(opened);
			await(open.get(1).channel().close());
		}
		echo(this.dialer, pattern(100, 9));
	}

	@Test
	void aSlowReaderStallsItsWriterAndNobodyElse() throws Exception { // M32
		this.autoRead = false;
		Both slow = both();
		ChannelFuture stalled = slow.ours().write(new byte[MORE_THAN_A_WINDOW]);
		this.autoRead = true;
		Both quick = both();
		byte[] message = pattern(2 * MORE_THAN_A_WINDOW, 10);
		quick.ours().write(message);
		quick.theirs().awaitBytes(1 + message.length);
		assertThat(stalled.isDone()).isFalse();
		slow.theirs().channel().config().setAutoRead(true);
		slow.theirs().awaitBytes(1 + MORE_THAN_A_WINDOW);
		await(stalled);
	}

	@Test
	void twoSidesThatBothFillTheirWindowsDoNotBlockEachOther() throws Exception { // M36
		this.autoRead = false;
		Both both = both();
		byte[] message = pattern(MORE_THAN_A_WINDOW, 11);
		both.ours().channel().config().setAutoRead(false);
		ChannelFuture there = both.ours().write(message);
		ChannelFuture back = both.theirs().write(message);
		both();
		assertThat(there.isDone() || back.isDone()).isFalse();
		both.ours().channel().config().setAutoRead(true);
		both.theirs().channel().config().setAutoRead(true);
		assertThat(both.ours().awaitBytes(message.length)).isEqualTo(message);
		both.theirs().awaitBytes(1 + message.length);
		await(there);
		await(back);
	}

	@Test
	void aStreamIsAChildOfItsConnection() throws Exception {
		Both both = both();
		assertThat(both.ours().channel().parent()).isSameAs(this.dialer.channel());
		assertThat(both.ours().channel().eventLoop()).isSameAs(this.dialer.channel().eventLoop());
		assertThat(both.theirs().channel().isActive()).isTrue();
	}

	@Test
	void theRoundTripIsKnownSoon() throws Exception { // M39
		long deadline = System.nanoTime() + RecordedStream.PATIENCE.toNanos();
		while (this.dialer.roundTripTime().isEmpty() && System.nanoTime() < deadline) {
			echo(this.dialer, new byte[1]);
		}
		assertThat(this.dialer.roundTripTime()).hasValueSatisfying((time) -> assertThat(time).isPositive());
	}

}

package io.p2pboot.libp2p.muxer;

import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Two sessions that talk to each other. The listener echoes unless {@link #record()} was
 * called; what it accepts then waits in {@link #accept()}.
 */
public abstract class ConnectedMuxers {

	/** How many streams an implementation lets the peer open in these tests. */
	protected static final int INBOUND_STREAMS = 1000;

	/** How many bytes fit a window before anything was read, on every implementation. */
	protected static final int MORE_THAN_A_WINDOW = 1 << 20;

	private final BlockingQueue<RecordedStream> accepted = new LinkedBlockingQueue<>();

	volatile boolean recording;

	volatile boolean autoRead = true;

	MuxerSession dialer;

	MuxerSession listener;

	/** Two sessions that talk to each other, the dialling one first. */
	public record Pair(MuxerSession dialer, MuxerSession listener) {
	}

	/**
	 * Connects two sessions.
	 * @param inbound takes each stream that either side accepts
	 */
	protected abstract Pair connect(StreamAcceptor inbound) throws Exception;

	/** Whether the code of a reset reaches the other side. */
	protected abstract boolean carriesResetCodes();

	/** Whether a stream is seen by the other side before its first byte. */
	protected abstract boolean announcesStreams();

	/**
	 * Whether a stream that has read the end and does not write is told of a reset. If
	 * not, its next write is.
	 */
	protected boolean tellsIdleStreamsOfResets() {
		return true;
	}

	@BeforeEach
	void open() throws Exception {
		Pair pair = connect((stream) -> {
			if (this.recording) {
				RecordedStream recorded = new RecordedStream();
				stream.pipeline().addLast(recorded);
				stream.config().setAutoRead(this.autoRead);
				this.accepted.add(recorded);
			}
			else {
				stream.pipeline().addLast(new Echo());
				stream.config().setAutoRead(true);
			}
		});
		this.dialer = pair.dialer();
		this.listener = pair.listener();
	}

	@AfterEach
	void close() throws Exception {
		await(this.dialer.close(0));
		await(this.listener.close(0));
	}

	/** From now on what is accepted is recorded, and not echoed. */
	void record() {
		this.recording = true;
	}

	RecordedStream accept() throws InterruptedException {
		RecordedStream stream = this.accepted.poll(RecordedStream.PATIENCE.toSeconds(), TimeUnit.SECONDS);
		assertThat(stream).as("an accepted stream").isNotNull();
		return stream;
	}

	RecordedStream open(MuxerSession session) throws InterruptedException {
		RecordedStream stream = new RecordedStream();
		Future<StreamChildChannel> opened = session.openStream(stream);
		await(opened);
		assertThat(opened.cause()).isNull();
		return stream;
	}

	/** A stream of the dialler and what the listener has accepted for it. */
	record Both(RecordedStream ours, RecordedStream theirs) {
	}

	/** Opens a stream and sends a byte, so that the other side sees it. */
	Both both() throws InterruptedException {
		record();
		RecordedStream ours = open(this.dialer);
		await(ours.write((byte) 1));
		RecordedStream theirs = accept();
		if (theirs.channel().config().isAutoRead()) {
			assertThat(theirs.awaitBytes(1)).containsExactly(1);
		}
		return new Both(ours, theirs);
	}

	static void await(Future<?> future) throws InterruptedException {
		assertThat(future.await(RecordedStream.PATIENCE.toMillis())).as("completes: " + future).isTrue();
	}

	static void assertFails(ChannelFuture future) throws InterruptedException {
		await(future);
		assertThat(future.isSuccess()).isFalse();
	}

	/** Waits until a session has no stream left. */
	static void awaitNoStreams(MuxerSession session) throws InterruptedException {
		awaitStreams(session, 0);
	}

	static void awaitStreams(MuxerSession session, int count) throws InterruptedException {
		long deadline = System.nanoTime() + RecordedStream.PATIENCE.toNanos();
		while (session.streams() != count && System.nanoTime() < deadline) {
			// A turn of the event loop, on which streams come and go.
			await(session.channel().eventLoop().submit(() -> {
			}));
		}
		assertThat(session.streams()).isEqualTo(count);
	}

	static byte[] pattern(int length, int seed) {
		byte[] bytes = new byte[length];
		new Random(seed).nextBytes(bytes);
		return bytes;
	}

	void echo(MuxerSession session, byte[] message) throws InterruptedException {
		RecordedStream stream = open(session);
		stream.write(message);
		stream.channel().shutdownOutput();
		stream.awaitEnd();
		assertThat(stream.received()).isEqualTo(message);
		stream.awaitClosed();
		assertThat(stream.failures()).isZero();
	}

	/** Sends back what it reads, as fast as it may, and ends when the other side does. */
	@Sharable
	private static final class Echo extends ChannelInboundHandlerAdapter {

		@Override
		public void channelRead(ChannelHandlerContext ctx, Object message) {
			ctx.write(message);
		}

		@Override
		public void channelReadComplete(ChannelHandlerContext ctx) {
			ctx.flush();
			ctx.channel().config().setAutoRead(ctx.channel().isWritable());
		}

		@Override
		public void channelWritabilityChanged(ChannelHandlerContext ctx) {
			ctx.channel().config().setAutoRead(ctx.channel().isWritable());
		}

		@Override
		public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
			if (event instanceof ChannelInputShutdownEvent) {
				((DuplexChannel) ctx.channel()).shutdownOutput();
			}
		}

		@Override
		public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
			// The test sees it on the other side.
			ctx.close();
		}

	}

}

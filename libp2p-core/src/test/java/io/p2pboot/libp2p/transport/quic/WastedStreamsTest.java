package io.p2pboot.libp2p.transport.quic;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.p2pboot.libp2p.muxer.StreamChildChannel;
import io.p2pboot.libp2p.ErrorCode;
import io.p2pboot.libp2p.muxer.MuxerSession;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class WastedStreamsTest extends QuicSuite {

	private MuxerSession ours;

	private QuicSession theirs;

	private void established() throws Exception {
		this.ours = connect().session();
		this.theirs = (QuicSession) this.server.nextInbound().session();
	}

	/** Uses the allowance up, for the next hour. */
	private void useUp() throws Exception {
		EventLoop loop = this.theirs.channel().eventLoop();
		await(loop.submit(() -> {
			long later = loop.ticker().nanoTime() + TimeUnit.HOURS.toNanos(1);
			for (int i = 0; i < WastedStreams.BURST; i++) {
				assertThat(this.theirs.wasted().count(later, "test")).isTrue();
			}
		}));
	}

	private StreamChildChannel used(MuxNode.Inbox inbox) throws Exception {
		StreamChildChannel stream = await(this.ours.openStream(inbox));
		stream.writeAndFlush(Unpooled.copiedBuffer(new byte[8])).sync();
		while (inbox.bytes() < 8) {
			Thread.onSpinWait();
		}
		return stream;
	}

	@Test
	void fiveThousandComeAndOneMoreDoesNotAndTwoThousandASecondAreLeftAlone() {
		WastedStreams wasted = new WastedStreams(7);
		for (int i = 0; i < 5000; i++) {
			assertThat(wasted.count(7, "test")).isTrue();
		}
		assertThat(wasted.count(7, "test")).isFalse();
		long later = 7 + TimeUnit.SECONDS.toNanos(1);
		for (int i = 0; i < 2000; i++) {
			assertThat(wasted.count(later, "test")).isTrue();
		}
		assertThat(wasted.count(later, "test")).isFalse();
	}

	@Test
	void aPeerThatResetsOneStreamTooMuchIsClosed() throws Exception {
		established();
		useUp();
		StreamChildChannel stream = used(new MuxNode.Inbox());
		assertThat(this.ours.channel().isOpen()).isTrue();
		stream.reset(0);
		assertThat(this.ours.channel().closeFuture().await(20, TimeUnit.SECONDS)).isTrue();
		assertThat(this.ours.endCause()).hasValueSatisfying(
				(cause) -> assertThat(cause).hasMessageContaining("code " + ErrorCode.RATE_LIMITED.connection()));
	}

	@Test
	void aStreamThatEndsWithoutAByteCountsAndOneThatWasUsedDoesNot() throws Exception {
		BlockingQueue<QuicStream> served = new LinkedBlockingQueue<>();
		this.server.serveWith((stream) -> {
			served.add((QuicStream) stream);
			MuxNode.echo(stream);
		});
		established();
		used(new MuxNode.Inbox()).shutdownOutput();
		assertThat(closed(served).isWasted()).isFalse();
		await(this.ours.openStream(new MuxNode.Inbox())).shutdownOutput();
		assertThat(closed(served).isWasted()).isTrue();
	}

	private static QuicStream closed(BlockingQueue<QuicStream> served) throws InterruptedException {
		QuicStream stream = served.poll(20, TimeUnit.SECONDS);
		assertThat(stream).isNotNull();
		assertThat(stream.closeFuture().await(20, TimeUnit.SECONDS)).isTrue();
		return stream;
	}

}

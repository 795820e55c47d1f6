package io.p2pboot.libp2p.transport.quic;

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

	/** Leaves so much of the allowance, for the next hour. */
	private void leave(int left) throws Exception {
		EventLoop loop = this.theirs.channel().eventLoop();
		await(loop.submit(() -> {
			long later = loop.ticker().nanoTime() + TimeUnit.HOURS.toNanos(1);
			for (int i = left; i < WastedStreams.BURST; i++) {
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
		leave(0);
		StreamChildChannel stream = used(new MuxNode.Inbox());
		assertThat(this.ours.channel().isOpen()).isTrue();
		stream.reset(0);
		assertThat(this.ours.channel().closeFuture().await(20, TimeUnit.SECONDS)).isTrue();
		assertThat(this.ours.endCause()).hasValueSatisfying(
				(cause) -> assertThat(cause).hasMessageContaining("code " + ErrorCode.RATE_LIMITED.connection()));
	}

	@Test
	void aStreamThatEndsWithoutAByteCountsAndOneThatWasUsedDoesNot() throws Exception {
		established();
		leave(1);
		MuxNode.Inbox inbox = new MuxNode.Inbox();
		used(inbox).shutdownOutput();
		assertThat(inbox.nextEvent()).contains("Shutdown");
		MuxNode.Inbox empty = new MuxNode.Inbox();
		await(this.ours.openStream(empty)).shutdownOutput();
		assertThat(empty.nextEvent()).contains("Shutdown");
		assertThat(this.ours.channel().isOpen()).isTrue();
		await(this.ours.openStream(new MuxNode.Inbox())).shutdownOutput();
		assertThat(this.ours.channel().closeFuture().await(20, TimeUnit.SECONDS)).isTrue();
	}

}

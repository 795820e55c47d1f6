package io.p2pboot.libp2p.muxer.yamux;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * How frames are put into writes.
 */
class FrameWriterTest {

	private static final int WRITE_BYTES = 2000;

	private final FrameWriter writer = new FrameWriter(WRITE_BYTES);

	private final EmbeddedChannel channel = new EmbeddedChannel(new ChannelInboundHandlerAdapter() {

		@Override
		public void handlerAdded(ChannelHandlerContext ctx) {
			FrameWriterTest.this.writer.start(ctx);
		}

	});

	private void data(int bytes) {
		this.writer.frame(FrameType.DATA, 0, 1, bytes, bytes).writeZero(bytes);
	}

	private int nextWrite() {
		ByteBuf written = this.channel.readOutbound();
		int bytes = written.readableBytes();
		written.release();
		return bytes;
	}

	@Test
	void theLongestBodyFillsOneWriteWithItsHeader() {
		assertThat(this.writer.maxBodyBytes()).isEqualTo(WRITE_BYTES - FrameType.HEADER_BYTES);
		data(this.writer.maxBodyBytes());
		this.writer.flush();
		assertThat(nextWrite()).isEqualTo(WRITE_BYTES);
	}

	@Test
	void framesShareAWriteAsLongAsTheyFit() {
		data(500);
		data(WRITE_BYTES - 500 - 2 * FrameType.HEADER_BYTES);
		data(1);
		this.writer.flush();
		assertThat(nextWrite()).isEqualTo(WRITE_BYTES);
		assertThat(nextWrite()).isEqualTo(FrameType.HEADER_BYTES + 1);
	}

	@Test
	void smallWritesDoNotMakeFramesTiny() {
		assertThat(new FrameWriter(1).maxBodyBytes()).isEqualTo(FrameWriter.MIN_BODY_BYTES);
	}

}

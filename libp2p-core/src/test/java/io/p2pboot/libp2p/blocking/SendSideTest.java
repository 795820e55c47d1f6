package io.p2pboot.libp2p.blocking;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.embedded.EmbeddedChannel;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.blocking.SendSide.State;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class SendSideTest {

	private final EmbeddedChannel channel = new EmbeddedChannel();

	private final SendSide side = new SendSide(this.channel);

	@AfterEach
	void close() {
		this.channel.close();
		this.channel.releaseOutbound();
	}

	@Test
	void aWriteGoesOutInChunks() throws IOException {
		assertThat(this.side.write(ByteBuffer.allocate(SendSide.WRITE_CHUNK_BYTES + 1)))
			.isEqualTo(SendSide.WRITE_CHUNK_BYTES + 1);
		assertThat(sent()).isEqualTo(SendSide.WRITE_CHUNK_BYTES);
		assertThat(sent()).isOne();
		assertThat(this.channel.outboundMessages()).isEmpty();
	}

	private int sent() {
		ByteBuf chunk = this.channel.readOutbound();
		try {
			return chunk.readableBytes();
		}
		finally {
			chunk.release();
		}
	}

	@Test
	void finishingTwiceIsAsGoodAsOnce() throws IOException {
		assertThat(this.side.finish()).isTrue();
		assertThat(this.side.finish()).isFalse();
		assertThat(this.side.state()).isEqualTo(State.FINISHED);
		assertThatExceptionOfType(ClosedChannelException.class).isThrownBy(() -> this.side.write(one()));
	}

	private static ByteBuffer one() {
		return ByteBuffer.allocate(1);
	}

	@Test
	void aFailureIsToldToWhoWritesOrFinishes() {
		StreamReset cause = StreamReset.local(7);
		this.side.failed(cause);
		this.side.failed(StreamReset.local(8));
		assertThatExceptionOfType(StreamReset.class).isThrownBy(() -> this.side.write(one())).withCause(cause);
		assertThatExceptionOfType(StreamReset.class).isThrownBy(this.side::finish).withCause(cause);
	}

	@Test
	void aFailureAfterTheEndChangesNothing() throws IOException {
		this.side.finish();
		this.side.failed(StreamReset.local(7));
		assertThat(this.side.finish()).isFalse();
		assertThat(this.side.state()).isEqualTo(State.FINISHED);
	}

	@Test
	void afterACloseWritingIsAnErrorOfTheCallerWhateverHasHappened() {
		this.side.failed(StreamReset.local(7));
		this.side.close();
		assertThatExceptionOfType(ClosedChannelException.class).isThrownBy(() -> this.side.write(one()));
	}

	@Test
	void aWriterWaitsNoLongerThanItsTimeoutAndKeepsWhatIsLeft() {
		// Nothing leaves, so that what is written stays queued.
		this.channel.pipeline().addLast(new ChannelOutboundHandlerAdapter() {
			@Override
			public void flush(ChannelHandlerContext ctx) {
			}
		});
		this.channel.config().setWriteBufferWaterMark(new WriteBufferWaterMark(1, 2));
		this.side.timeout(1);
		ByteBuffer source = ByteBuffer.allocate(3 * SendSide.WRITE_CHUNK_BYTES);
		assertThatExceptionOfType(SocketTimeoutException.class).isThrownBy(() -> this.side.write(source));
		assertThat(source.remaining()).isEqualTo(2 * SendSide.WRITE_CHUNK_BYTES);
	}

}

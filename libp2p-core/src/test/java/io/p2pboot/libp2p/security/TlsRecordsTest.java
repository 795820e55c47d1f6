package io.p2pboot.libp2p.security;

import java.util.concurrent.TimeUnit;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.ReferenceCountUtil;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class TlsRecordsTest {

	private static final int EMPTY = 17;

	private final EmbeddedChannel channel = new EmbeddedChannel();

	private int delivered;

	@BeforeEach
	void create() {
		this.channel.freezeTime();
		this.channel.pipeline().addLast(TlsRecords.bound(), new ChannelInboundHandlerAdapter() {

			@Override
			public void channelRead(ChannelHandlerContext ctx, Object message) {
				TlsRecordsTest.this.delivered++;
				ReferenceCountUtil.release(message);
			}

		});
	}

	@AfterEach
	void close() {
		this.channel.finishAndReleaseAll();
	}

	private static ByteBuf record(int length) {
		return Unpooled.buffer().writeByte(23).writeShort(0x0303).writeShort(length).writeZero(length);
	}

	private void receive(int count, int length) {
		for (int i = 0; i < count; i++) {
			this.channel.pipeline().fireChannelRead(record(length));
		}
	}

	@Test
	void fiveThousandEmptyRecordsComeAndOneMoreEndsTheConnection() {
		receive(5000, EMPTY);
		assertThat(this.channel.isOpen()).isTrue();
		assertThat(this.delivered).isEqualTo(5000);
		receive(1, EMPTY);
		assertThat(this.channel.isOpen()).isFalse();
		receive(1, EMPTY);
		assertThat(this.delivered).isEqualTo(5000);
	}

	@Test
	void aThousandASecondAreLeftAlone() {
		receive(5000, EMPTY + TlsRecordsHandler.SHORT_BYTES - 1);
		for (int i = 0; i < 10; i++) {
			this.channel.advanceTimeBy(1, TimeUnit.SECONDS);
			receive(1000, 1);
		}
		assertThat(this.channel.isOpen()).isTrue();
		receive(1, EMPTY);
		assertThat(this.channel.isOpen()).isFalse();
	}

	@Test
	void recordsWithContentAreNeverCountedAndAllowTwoMore() {
		receive(5000, EMPTY);
		receive(100_000, EMPTY + TlsRecordsHandler.SHORT_BYTES);
		receive(5000, EMPTY);
		receive(1, EMPTY + 16_384);
		receive(34, EMPTY);
		assertThat(this.channel.isOpen()).isTrue();
		receive(1, EMPTY);
		assertThat(this.channel.isOpen()).isFalse();
	}

	@Test
	void aLengthByItselfBesideEachMessageIsFine() {
		for (int i = 0; i < 100_000; i++) {
			receive(1, EMPTY + 1);
			receive(1, EMPTY + 40);
		}
		assertThat(this.channel.isOpen()).isTrue();
	}

	@Test
	void headersAreFoundWhereverTheBytesAreCut() {
		ByteBuf all = Unpooled.buffer();
		for (int i = 0; i < 5001; i++) {
			all.writeBytes(record(i % 3));
		}
		int beforeTheLastHeaderEnds = all.writerIndex() - 5000 % 3 - 1;
		while (all.readerIndex() < beforeTheLastHeaderEnds) {
			this.channel.pipeline()
				.fireChannelRead(all.readRetainedSlice(Math.min(7, beforeTheLastHeaderEnds - all.readerIndex())));
		}
		assertThat(this.channel.isOpen()).isTrue();
		this.channel.pipeline().fireChannelRead(all.readRetainedSlice(1));
		assertThat(this.channel.isOpen()).isFalse();
		all.release();
	}

}

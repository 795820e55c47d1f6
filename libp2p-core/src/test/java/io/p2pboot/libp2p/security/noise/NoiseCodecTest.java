package io.p2pboot.libp2p.security.noise;

import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.p2pboot.libp2p.UpgradeFailed;
import io.p2pboot.libp2p.crypto.ChaChaPoly;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class NoiseCodecTest {

	/** The last counter but the two that are never used. */
	private static final long LAST = -3;

	private static ChaChaPoly cipher(int key) {
		return ChaChaPoly.create(ByteBuffer.wrap(ScriptedNoisePeer.repeated(key, ChaChaPoly.KEY_BYTES)));
	}

	private static EmbeddedChannel channel(int sealing, int opening, long frames) {
		return new EmbeddedChannel(new NoiseCodec(cipher(sealing), cipher(opening), frames));
	}

	private static ByteBuf payload(int size) {
		return Unpooled.wrappedBuffer(ScriptedNoisePeer.repeated('p', size));
	}

	// N23
	@Test
	void theLastNonceIsUsedAndTheReservedOnesAreNot() {
		EmbeddedChannel one = channel(1, 2, LAST);
		EmbeddedChannel two = channel(2, 1, LAST);
		assertThat(one.writeOutbound(payload(10))).isTrue();
		ByteBuf frame = one.readOutbound();
		two.writeInbound(frame);
		ByteBuf got = two.readInbound();
		assertThat(got.readableBytes()).isEqualTo(10);
		got.release();
		ChannelFuture refused = one.writeOneOutbound(payload(10));
		one.flushOutbound();
		assertThat(refused.cause()).isInstanceOf(UpgradeFailed.class).hasMessageContaining("used up");
		assertThat(one.isOpen()).isFalse();
		assertThat(one.<Object>readOutbound()).isNull();
	}

	// N23
	@ParameterizedTest
	@ValueSource(longs = { -2, -1 })
	void aFrameWithAReservedNonceEndsTheConnection(long counter) {
		EmbeddedChannel receiver = channel(2, 1, counter);
		ByteBuffer sealed = ByteBuffer.allocate(5 + ChaChaPoly.TAG_BYTES);
		cipher(1).seal(counter, ByteBuffer.allocate(0), ByteBuffer.wrap(new byte[5]), sealed);
		assertThatExceptionOfType(UpgradeFailed.class)
			.isThrownBy(() -> receiver.writeInbound(Unpooled.wrappedBuffer(ScriptedNoisePeer.frame(sealed.array()))))
			.withMessageContaining("used up");
		assertThat(receiver.isOpen()).isFalse();
		assertThat(receiver.<Object>readInbound()).isNull();
	}

	@Test
	void fiveThousandEmptyFramesComeAndOneMoreEndsTheConnection() { // row 6
		EmbeddedChannel receiver = channel(2, 1, 0);
		ByteBuf frames = Unpooled.buffer();
		ChaChaPoly sealing = cipher(1);
		for (int nonce = 0; nonce <= NoiseCodec.EMPTY_BURST; nonce++) {
			ByteBuffer tag = ByteBuffer.allocate(ChaChaPoly.TAG_BYTES);
			sealing.seal(nonce, ByteBuffer.allocate(0), ByteBuffer.allocate(0), tag);
			frames.writeShort(ChaChaPoly.TAG_BYTES).writeBytes(tag.rewind());
		}
		receiver.freezeTime();
		receiver.writeInbound(frames.readRetainedSlice(NoiseCodec.EMPTY_BURST * 18));
		assertThat(receiver.isOpen()).isTrue();
		assertThatExceptionOfType(UpgradeFailed.class).isThrownBy(() -> receiver.writeInbound(frames))
			.withMessageContaining("More than 5000 Noise frames without content, and 1000 a second");
		assertThat(receiver.isOpen()).isFalse();
		receiver.finishAndReleaseAll();
	}

	@Test
	void aThousandEmptyFramesASecondAreLeftAlone() {
		EmbeddedChannel receiver = channel(2, 1, 0);
		ChaChaPoly sealing = cipher(1);
		receiver.freezeTime();
		int nonce = 0;
		for (int second = 0; second < 20; second++) {
			for (int i = 0; i < NoiseCodec.EMPTY_PER_SECOND; i++) {
				ByteBuffer tag = ByteBuffer.allocate(ChaChaPoly.TAG_BYTES);
				sealing.seal(nonce++, ByteBuffer.allocate(0), ByteBuffer.allocate(0), tag);
				receiver.writeInbound(Unpooled.buffer().writeShort(ChaChaPoly.TAG_BYTES).writeBytes(tag.rewind()));
			}
			receiver.advanceTimeBy(1, TimeUnit.SECONDS);
		}
		assertThat(receiver.isOpen()).isTrue();
		receiver.finishAndReleaseAll();
	}

	@Test
	void aPartOfAFrameHoldsNoMoreThanTwiceOfWhatHasCome() { // row 8
		UnpooledByteBufAllocator memory = new UnpooledByteBufAllocator(true, true);
		EmbeddedChannel receiver = channel(2, 1, 0);
		receiver.config().setAllocator(memory);
		ByteBuf read = memory.directBuffer(64 * 1024);
		receiver.writeInbound(read.writeShort(65_535).writeZero(18));
		assertThat(memory.metric().usedDirectMemory()).isEqualTo(20);
		for (int come = 20; come < 10_000; come += 100) {
			ByteBuf more = memory.directBuffer(64 * 1024);
			receiver.writeInbound(more.writeZero(100));
			assertThat(memory.metric().usedDirectMemory()).isLessThanOrEqualTo(Math.max(1024, 2 * (come + 100)));
		}
		receiver.finishAndReleaseAll();
		assertThat(memory.metric().usedDirectMemory()).isZero();
	}

	@Test
	void framesMayComeInManyPiecesOfMemory() {
		EmbeddedChannel one = channel(1, 2, 0);
		EmbeddedChannel two = channel(2, 1, 0);
		one.writeOutbound(payload(1000));
		ByteBuf frame = one.readOutbound();
		CompositeByteBuf pieces = Unpooled.compositeBuffer();
		while (frame.isReadable()) {
			pieces.addComponent(true, Unpooled.copiedBuffer(frame.readSlice(Math.min(100, frame.readableBytes()))));
		}
		frame.release();
		two.writeInbound(pieces);
		ByteBuf got = two.readInbound();
		assertThat(got.readableBytes()).isEqualTo(1000);
		got.release();
	}

	@Test
	void closingSendsWhatWasWrittenAndRemovalFailsIt() {
		EmbeddedChannel one = channel(1, 2, 0);
		ChannelFuture written = one.write(payload(10));
		assertThat(written.isDone()).isFalse();
		one.close();
		assertThat(written.isSuccess()).isTrue();
		one.<ByteBuf>readOutbound().release();
		EmbeddedChannel two = channel(1, 2, 0);
		ChannelFuture dropped = two.write(payload(10));
		two.pipeline().remove(NoiseCodec.class);
		assertThat(dropped.cause()).isNotNull();
	}

	@Test
	void anEmptyWriteSucceedsAndSendsNothing() {
		EmbeddedChannel one = channel(1, 2, 0);
		ChannelFuture written = one.writeAndFlush(Unpooled.EMPTY_BUFFER);
		assertThat(written.isSuccess()).isTrue();
		assertThat(one.<Object>readOutbound()).isNull();
	}

	@Test
	void aReceiverThatClosesInTheMiddleGetsNoBufferLate() {
		EmbeddedChannel one = channel(1, 2, 0);
		EmbeddedChannel two = channel(2, 1, 0);
		two.pipeline().addLast(new ChannelInboundHandlerAdapter() {
			@Override
			public void channelRead(ChannelHandlerContext ctx, Object message) {
				((ByteBuf) message).release();
				ctx.close();
			}
		});
		CompositeByteBuf frames = Unpooled.compositeBuffer();
		for (int i = 0; i < 5; i++) {
			one.writeOutbound(payload(10));
			frames.addComponent(true, one.<ByteBuf>readOutbound());
		}
		two.writeInbound(frames);
		assertThat(two.isOpen()).isFalse();
	}

}

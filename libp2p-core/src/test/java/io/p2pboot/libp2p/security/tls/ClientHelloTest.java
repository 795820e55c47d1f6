package io.p2pboot.libp2p.security.tls;

import java.util.ArrayList;
import java.util.List;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A server has no engine before a client has said hello.
 */
class ClientHelloTest {

	/** How many bytes each engine has had. */
	private final List<Integer> engines = new ArrayList<>();

	private boolean refuses;

	private final EmbeddedChannel channel = new EmbeddedChannel(new ClientHello(Engine::new));

	/** Takes what comes. */
	private final class Engine extends ChannelInboundHandlerAdapter {

		private final int index = ClientHelloTest.this.engines.size();

		Engine() {
			ClientHelloTest.this.engines.add(0);
		}

		@Override
		public void channelRead(ChannelHandlerContext ctx, Object message) {
			ByteBuf bytes = (ByteBuf) message;
			ClientHelloTest.this.engines.set(this.index, bytes.readableBytes());
			bytes.release();
			if (ClientHelloTest.this.refuses) {
				ctx.channel().close();
			}
		}

	}

	@AfterEach
	void close() {
		this.channel.finishAndReleaseAll();
	}

	private void arrive(ByteBuf bytes) {
		this.channel.pipeline().fireChannelRead(bytes);
	}

	private static ByteBuf record(int type, int length, int present) {
		return Unpooled.buffer().writeByte(type).writeShort(0x0301).writeShort(length).writeZero(present);
	}

	@ParameterizedTest
	@ValueSource(ints = { 1, 200, ClientHello.MAX_RECORD_BYTES })
	void theLastByteOfTheFirstRecordMakesTheEngine(int length) {
		ByteBuf whole = record(22, length, length);
		while (whole.readableBytes() > 1) {
			arrive(whole.readRetainedSlice(1));
		}
		assertThat(this.engines).isEmpty();
		arrive(whole);
		assertThat(this.engines).containsExactly(ClientHello.HEADER_BYTES + length);
		assertThat(this.channel.pipeline().get(ClientHello.class)).isNull();
	}

	@Test
	void whatIsNoFirstRecordGoesToAnEngineAtOnce() {
		arrive(Unpooled.buffer().writeByte('G'));
		assertThat(this.engines).containsExactly(1);
	}

	@Test
	void aRecordLongerThanOneMayBeIsNotWaitedFor() {
		arrive(record(22, ClientHello.MAX_RECORD_BYTES + 1, 0));
		assertThat(this.engines).containsExactly(ClientHello.HEADER_BYTES);
	}

	@Test
	void aClientThatLeavesBeforeItLeavesNothing() {
		ByteBuf half = record(22, 200, 100);
		arrive(half);
		this.channel.close();
		assertThat(this.engines).isEmpty();
		assertThat(half.refCnt()).isZero();
	}

	@Test
	void anEngineMayEndTheChannelAtOnce() {
		this.refuses = true;
		arrive(record(22, 200, 200));
		this.channel.checkException();
		assertThat(this.engines).hasSize(1);
		assertThat(this.channel.isOpen()).isFalse();
	}

}

package io.p2pboot.libp2p.kad;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import io.p2pboot.libp2p.NoPeers;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.kad.KadMessage.Type;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.netty.StreamChannel;
import io.p2pboot.libp2p.netty.StreamInitializer;
import io.p2pboot.libp2p.node.NodeBuilder;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** A client against a scripted server. */
@Timeout(120)
class OutboundStreamTest {

	private static final ProtocolPath PATH = ProtocolPath.of("/test/kad/1.0.0");

	private static final Duration PATIENCE = Duration.ofSeconds(50);

	private final AtomicInteger requests = new AtomicInteger();

	private final AtomicInteger streams = new AtomicInteger();

	private NettyNode server;

	private NettyNode client;

	private @Nullable Kademlia kad;

	@BeforeEach
	void start() throws IOException {
		this.server = node();
		this.client = node();
	}

	private Kademlia mount(Duration requestTimeout) {
		this.kad = this.client.mountRouting(Kademlia.builder(PATH.value())
			.mode(Kademlia.Mode.CLIENT)
			.requestTimeout(requestTimeout)
			.bootstrap(List.of(this.server.addrInfo()))
			.build());
		return this.kad;
	}

	private static NettyNode node() throws IOException {
		return NodeBuilder.create().listen("/ip4/127.0.0.1/tcp/0").shutdownGrace(Duration.ZERO).start();
	}

	@AfterEach
	void close() {
		if (this.kad != null) {
			this.kad.close();
		}
		this.client.close();
		this.server.close();
	}

	/** Does something for each piece that arrives. */
	private void serve(BiConsumer<StreamChannel, ChannelHandlerContext> script) {
		StreamInitializer initializer = (stream) -> {
			this.streams.incrementAndGet();
			stream.pipeline().addLast(new ChannelInboundHandlerAdapter() {

				@Override
				public void channelRead(ChannelHandlerContext ctx, Object message) {
					ReferenceCountUtil.release(message);
					OutboundStreamTest.this.requests.incrementAndGet();
					script.accept(stream, ctx);
				}

				@Override
				public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
					ctx.close();
				}

			});
		};
		this.server.mountStreams(PATH, initializer);
	}

	private static void send(ChannelHandlerContext ctx, byte[] bytes) {
		ctx.writeAndFlush(Unpooled.wrappedBuffer(bytes));
	}

	private static void send(ChannelHandlerContext ctx, KadMessage message) {
		ctx.writeAndFlush(Frames.frame(ctx.alloc(), KadCodec.encode(message)));
	}

	private static KadMessage answer() {
		return new KadMessage(Type.FIND_NODE, ByteBuffer.allocate(0), null, List.of(), List.of());
	}

	private void nobodyAnswers(Duration timeout) {
		Kademlia asking = mount(timeout);
		assertThatExceptionOfType(NoPeers.class).isThrownBy(() -> asking.closestPeers(Peers.bytes("key")));
		assertThat(this.requests).hasPositiveValue();
		assertThat(this.client.connection(this.server.peerId())).as("the connection lives on").isPresent();
	}

	@Test
	void peerThatHangsFailsAfterTheTimeOfARequest() {
		serve((stream, ctx) -> {
		});
		nobodyAnswers(Duration.ofSeconds(2));
	}

	@Test
	void peerThatResetsFails() {
		serve((stream, ctx) -> stream.reset(7));
		nobodyAnswers(PATIENCE);
	}

	@Test
	void peerThatEndsWithoutAnAnswerFails() {
		serve((stream, ctx) -> stream.close());
		nobodyAnswers(PATIENCE);
	}

	@Test
	void garbageFails() {
		serve((stream, ctx) -> send(ctx, new byte[] { 3, -1, -1, -1 }));
		nobodyAnswers(PATIENCE);
	}

	@Test
	void halfAnAnswerFails() {
		serve((stream, ctx) -> {
			send(ctx, new byte[] { 9, 8 });
			stream.closeWrite();
		});
		nobodyAnswers(PATIENCE);
	}

	@Test
	void answerOfAnotherTypeFails() {
		serve((stream, ctx) -> send(ctx, KadMessage.of(Type.PING, ByteBuffer.allocate(0))));
		nobodyAnswers(PATIENCE);
	}

	@Test
	void answerThatIsTooLongFailsBeforeItsBody() {
		serve((stream, ctx) -> send(ctx, new byte[] { (byte) 0x81, (byte) 0x80, (byte) 0x80, 2 }));
		nobodyAnswers(PATIENCE);
	}

	@Test
	void lengthWithoutEndFails() {
		serve((stream, ctx) -> send(ctx, new byte[] { -1, -1, -1, -1, -1, -1, -1, -1, -1, -1 }));
		nobodyAnswers(PATIENCE);
	}

	@Test
	void streamIsUsedAgain() throws IOException {
		serve((stream, ctx) -> send(ctx, answer()));
		Kademlia asking = mount(PATIENCE);
		for (int number = 0; number < 5; number++) {
			assertThat(asking.closestPeers(Peers.bytes("key" + number))).hasSize(1);
		}
		assertThat(this.streams.get()).isLessThan(this.requests.get());
	}

	@Test
	void peerThatEndsItsStreamAfterEachAnswerIsAskedOnAnother() throws IOException {
		serve((stream, ctx) -> {
			send(ctx, answer());
			stream.close();
		});
		Kademlia asking = mount(PATIENCE);
		for (int number = 0; number < 5; number++) {
			assertThat(asking.closestPeers(Peers.bytes("key" + number))).hasSize(1);
		}
	}

	@Test
	void budgetOfUnfinishedAnswersIsKept() {
		AnswerBudget budget = new AnswerBudget();
		assertThat(budget.take((int) AnswerBudget.MAX_BYTES)).isTrue();
		assertThat(budget.take(1)).isFalse();
		budget.release(1);
		assertThat(budget.take(1)).isTrue();
		assertThat(budget.held()).isEqualTo(AnswerBudget.MAX_BYTES);
	}

}

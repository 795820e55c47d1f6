package io.p2pboot.libp2p.node;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.StreamProtocol;
import io.p2pboot.libp2p.muxer.Muxer;
import io.p2pboot.libp2p.muxer.MuxerSession;
import io.p2pboot.libp2p.muxer.StreamAcceptor;
import io.p2pboot.libp2p.muxer.StreamChildChannel;
import io.p2pboot.libp2p.muxer.yamux.YamuxConfig;
import io.p2pboot.libp2p.muxer.yamux.YamuxMuxer;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.resource.ConnectionLimits;
import io.p2pboot.libp2p.resource.ConnectionScope;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The limit on streams of one connection that negotiate at once.
 */
@Timeout(30)
class NegotiationTurnTest {

	private final ExecutorService executor = Executors.newCachedThreadPool();

	private static final int LIMIT = 2;

	private static final String PATH = "/turn/1.0.0";

	private final KeptMuxer muxer = new KeptMuxer();

	@Test
	void atTheLimitStreamsAreNegotiatedAndOneMoreWaitsForItsTurn() throws Exception {
		try (NettyNode server = server(Duration.ofSeconds(20)); NettyNode client = client(server)) {
			assertThat(client.connections()).hasSize(1);
			Opened silent = open();
			Opened last = open();
			last.send(proposal());
			assertThat(last.answer.get(20, TimeUnit.SECONDS)).contains(PATH);
			// The negotiation of the last one has ended: one more silent one fills the
			// limit.
			open();
			Opened waiting = open();
			waiting.send(proposal());
			assertThat(waiting.channel.closeFuture().await(300)).isFalse();
			assertThat(waiting.answer).isNotDone();
			silent.channel.reset(0);
			assertThat(waiting.answer.get(20, TimeUnit.SECONDS)).contains(PATH);
		}
	}

	@Test
	void whatWaitedIsServedWithAllThatItSentMeanwhile() throws Exception {
		try (NettyNode server = server(Duration.ofSeconds(20)); NettyNode client = client(server)) {
			assertThat(client.connections()).hasSize(1);
			List<Opened> silent = List.of(open(), open());
			List<Opened> waiting = new ArrayList<>();
			for (int i = 0; i < 50; i++) {
				Opened each = open();
				each.send(proposal());
				each.send(Unpooled.copiedBuffer("all of " + i, StandardCharsets.UTF_8));
				waiting.add(each);
			}
			for (Opened each : silent) {
				each.channel.reset(0);
			}
			for (int i = 0; i < 50; i++) {
				Opened each = waiting.get(i);
				each.channel.shutdownOutput();
				assertThat(each.whole.get(20, TimeUnit.SECONDS)).endsWith(PATH + "\nall of " + i);
			}
		}
	}

	@Test
	void oneThatEndsWhileItWaitsIsClosedAndTakesNoTurn() throws Exception {
		try (NettyNode server = server(Duration.ofSeconds(20)); NettyNode client = client(server)) {
			assertThat(client.connections()).hasSize(1);
			List<Opened> silent = List.of(open(), open());
			Opened ended = open();
			ended.channel.shutdownOutput();
			assertThat(ended.whole.get(20, TimeUnit.SECONDS)).isEmpty();
			assertThat(ended.channel.closeFuture().await(20, TimeUnit.SECONDS)).isTrue();
			assertThat(ended.answer).isNotDone();
			Opened waiting = open();
			waiting.send(proposal());
			silent.get(0).channel.reset(0);
			assertThat(waiting.answer.get(20, TimeUnit.SECONDS)).contains(PATH);
		}
	}

	@Test
	void oneThatWaitsTooLongIsReset() throws Exception {
		try (NettyNode server = server(Duration.ofMillis(500)); NettyNode client = client(server)) {
			assertThat(client.connections()).hasSize(1);
			List<Opened> silent = new ArrayList<>();
			for (int i = 0; i < 3 * LIMIT; i++) {
				silent.add(open());
			}
			for (Opened each : silent) {
				assertThat(each.channel.closeFuture().await(20, TimeUnit.SECONDS)).isTrue();
			}
			Opened next = open();
			next.send(proposal());
			assertThat(next.answer.get(20, TimeUnit.SECONDS)).contains(PATH);
		}
	}

	@AfterEach
	void endThreads() {
		this.executor.shutdownNow();
	}

	private NettyNode server(Duration negotiationTimeout) throws IOException {
		NettyNode server = NodeBuilder.create()
			.listen("/ip4/127.0.0.1/tcp/0")
			.shutdownGrace(Duration.ZERO)
			.limits(ConnectionLimits.DEFAULT.withInboundStreams(100, LIMIT))
			.negotiationTimeout(negotiationTimeout)
			.start();
		server.mountProtocol(ProtocolPath.of(PATH), StreamProtocol.create())
			.serve(this.executor, (stream) -> stream.inputStream().transferTo(stream.outputStream()));
		return server;
	}

	private NettyNode client(NettyNode server) throws IOException {
		NettyNode client = NodeBuilder.create().muxer(this.muxer).start();
		client.connect(server.addrInfo());
		return client;
	}

	private static ByteBuf proposal() {
		ByteBuf bytes = Unpooled.buffer();
		for (String text : List.of("/multistream/1.0.0", PATH)) {
			bytes.writeByte(text.length() + 1);
			bytes.writeCharSequence(text + "\n", StandardCharsets.UTF_8);
		}
		return bytes;
	}

	private Opened open() throws InterruptedException {
		CompletableFuture<String> answer = new CompletableFuture<>();
		CompletableFuture<String> whole = new CompletableFuture<>();
		StreamChildChannel channel = this.muxer.session()
			.openStream((stream) -> stream.pipeline().addLast(new Reader(answer, whole)))
			.sync()
			.getNow();
		return new Opened(channel, answer, whole);
	}

	private record Opened(StreamChildChannel channel, CompletableFuture<String> answer,
			CompletableFuture<String> whole) {

		void send(ByteBuf bytes) {
			this.channel.writeAndFlush(bytes);
		}

	}

	private static final class Reader extends ChannelInboundHandlerAdapter {

		private final StringBuilder text = new StringBuilder();

		private final CompletableFuture<String> answer;

		private final CompletableFuture<String> whole;

		Reader(CompletableFuture<String> answer, CompletableFuture<String> whole) {
			this.answer = answer;
			this.whole = whole;
		}

		@Override
		public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
			if (event instanceof ChannelInputShutdownEvent) {
				this.whole.complete(this.text.toString());
			}
		}

		@Override
		public void channelRead(ChannelHandlerContext ctx, Object message) {
			ByteBuf bytes = (ByteBuf) message;
			this.text.append(bytes.toString(StandardCharsets.UTF_8));
			bytes.release();
			if (this.text.indexOf(PATH) >= 0) {
				this.answer.complete(this.text.toString());
			}
		}

		@Override
		public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
			this.answer.completeExceptionally(cause);
		}

	}

	/** Keeps the session, so that the test can open streams without a negotiation. */
	private static final class KeptMuxer implements Muxer {

		private final YamuxMuxer yamux = new YamuxMuxer(YamuxConfig.DEFAULT);

		private final BlockingQueue<MuxerSession> sessions = new LinkedBlockingQueue<>();

		MuxerSession session() throws InterruptedException {
			MuxerSession session = this.sessions.take();
			this.sessions.add(session);
			return session;
		}

		@Override
		public String id() {
			return this.yamux.id();
		}

		@Override
		public MuxerSession attach(Channel channel, boolean initiator, int writeBytes, StreamAcceptor inboundStreams,
				ConnectionScope scope) {
			MuxerSession session = this.yamux.attach(channel, initiator, writeBytes, inboundStreams, scope);
			this.sessions.add(session);
			return session;
		}

	}

}

package io.p2pboot.libp2p.node;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.muxer.Muxer;
import io.p2pboot.libp2p.muxer.MuxerSession;
import io.p2pboot.libp2p.muxer.StreamAcceptor;
import io.p2pboot.libp2p.muxer.StreamChildChannel;
import io.p2pboot.libp2p.muxer.yamux.YamuxConfig;
import io.p2pboot.libp2p.muxer.yamux.YamuxMuxer;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.resource.ConnectionScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A responder that sends its multistream header before it has seen ours, as go-libp2p
 * does, while the thread that opens the stream is slow to hear that it is open.
 */
@Timeout(30)
class EagerHeaderTest {

	private static final long LATE_MILLIS = 200;

	private static final ProtocolPath PATH = ProtocolPath.of("/eager/1.0.0");

	@Test
	void aHeaderThatComesFirstIsNotLost() throws IOException {
		try (NettyNode server = NodeBuilder.create().listen("/ip4/127.0.0.1/tcp/0").muxer(new EagerMuxer()).start();
				NettyNode client = NodeBuilder.create().muxer(new LateMuxer()).start();
				Stream stream = client.openStream(server.addrInfo(), PATH)) {
			assertThat(stream.protocol()).isEqualTo(PATH);
			assertThat(stream.inputStream().readNBytes(2)).asString().isEqualTo("hi");
		}
	}

	private static ByteBuf message(String text) {
		ByteBuf bytes = Unpooled.buffer();
		bytes.writeByte(text.length() + 1);
		bytes.writeCharSequence(text + "\n", StandardCharsets.UTF_8);
		return bytes;
	}

	/** Every inbound stream is greeted at once and agreed to at the first bytes. */
	private static final class EagerMuxer implements Muxer {

		private final YamuxMuxer yamux = new YamuxMuxer(YamuxConfig.DEFAULT);

		@Override
		public String id() {
			return this.yamux.id();
		}

		@Override
		public MuxerSession attach(Channel channel, boolean initiator, int writeBytes, StreamAcceptor inboundStreams,
				ConnectionScope scope) {
			return this.yamux.attach(channel, initiator, writeBytes, EagerMuxer::greet, scope);
		}

		private static void greet(StreamChildChannel stream) {
			stream.writeAndFlush(message("/multistream/1.0.0"));
			stream.pipeline().addLast(new Greeter());
			stream.config().setAutoRead(true);
		}

	}

	private static final class Greeter extends ChannelInboundHandlerAdapter {

		private boolean agreed;

		@Override
		public void channelRead(ChannelHandlerContext ctx, Object message) {
			ReferenceCountUtil.release(message);
			if (!this.agreed) {
				this.agreed = true;
				ctx.write(message(PATH.value()));
				ctx.writeAndFlush(Unpooled.copiedBuffer("hi", StandardCharsets.UTF_8));
			}
		}

	}

	/** The stream that was opened is handed over late. */
	private static final class LateMuxer implements Muxer {

		private final YamuxMuxer yamux = new YamuxMuxer(YamuxConfig.DEFAULT);

		@Override
		public String id() {
			return this.yamux.id();
		}

		@Override
		public MuxerSession attach(Channel channel, boolean initiator, int writeBytes, StreamAcceptor inboundStreams,
				ConnectionScope scope) {
			return new LateSession(this.yamux.attach(channel, initiator, writeBytes, inboundStreams, scope));
		}

	}

	private record LateSession(MuxerSession session) implements MuxerSession {

		@Override
		public Channel channel() {
			return this.session.channel();
		}

		@Override
		public Future<StreamChildChannel> openStream(StreamAcceptor setup) {
			Promise<StreamChildChannel> late = channel().eventLoop().newPromise();
			Future<StreamChildChannel> opened = this.session.openStream(setup);
			opened.addListener((done) -> channel().eventLoop()
				.schedule(() -> late.trySuccess(opened.getNow()), LATE_MILLIS, TimeUnit.MILLISECONDS));
			return late;
		}

		@Override
		public int streams() {
			return this.session.streams();
		}

		@Override
		public Optional<Duration> roundTripTime() {
			return this.session.roundTripTime();
		}

		@Override
		public ChannelFuture close(long code) {
			return this.session.close(code);
		}

	}

}

package io.p2pboot.libp2p.transport.quic;

import java.net.InetSocketAddress;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.quic.QuicServerCodecBuilder;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.muxer.StreamChildChannel;
import io.p2pboot.libp2p.transport.DialOptions;
import io.p2pboot.libp2p.transport.MuxedConnection;
import io.p2pboot.libp2p.transport.quic.MuxNode.Inbox;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A peer that allows unidirectional streams too, as go-libp2p does: the codec's channel
 * looks at what the peer allows only when one of the two is used up.
 */
class StreamCreditTest extends QuicSuite {

	private static final int STREAMS = 256;

	private static final int USABLE = STREAMS - QuicSession.URGENT_STREAMS;

	private Channel peer;

	private MuxedConnection connection;

	@BeforeEach
	void dialPeer() throws Exception {
		QuicTls tls = QuicTls.create(PrivateKey.generate(), Clock.systemUTC());
		ChannelHandler codec = new QuicServerCodecBuilder().sslEngineProvider(tls::serverEngine)
			.maxIdleTimeout(30, TimeUnit.SECONDS)
			.initialMaxData(10_000_000)
			.initialMaxStreamDataBidirectionalRemote(100_000)
			.initialMaxStreamsBidirectional(STREAMS)
			.initialMaxStreamsUnidirectional(5)
			.handler(new ChannelInboundHandlerAdapter())
			.streamHandler(new Silent())
			.build();
		this.peer = new Bootstrap().group(this.server.eventLoops().group())
			.channel(this.server.eventLoops().udp())
			.handler(codec)
			.bind("127.0.0.1", 0)
			.sync()
			.channel();
		this.connection = await(this.clientTransport
			.dial(QuicAddress.format((InetSocketAddress) this.peer.localAddress()), DialOptions.ANY_PEER));
	}

	@AfterEach
	void closePeer() throws Exception {
		await(this.connection.session().close(0));
		await(this.peer.close());
	}

	@Test
	void streamsThatHaveEndedAreGivenAgainWhileManyAreOpen() throws Exception {
		for (int i = 0; i < 100; i++) {
			StreamChildChannel stream = open(this.connection, new Inbox());
			stream.writeAndFlush(Unpooled.wrappedBuffer(new byte[1]));
			stream.shutdownOutput();
			await(stream.closeFuture());
		}
		List<Future<StreamChildChannel>> opening = new ArrayList<>();
		for (int i = 0; i < USABLE; i++) {
			opening.add(this.connection.session().openStream(StreamCreditTest::sendOne));
		}
		for (Future<StreamChildChannel> each : opening) {
			await(each);
		}
		assertThat(this.connection.session().streams()).isEqualTo(USABLE);
	}

	@Test
	void theLastOnesAreLeftToUrgentStreams() throws Exception {
		for (int i = 0; i < USABLE; i++) {
			await(this.connection.session().openStream(StreamCreditTest::sendOne));
		}
		Future<StreamChildChannel> waiting = this.connection.session().openStream(StreamCreditTest::sendOne);
		for (int i = 0; i < QuicSession.URGENT_STREAMS; i++) {
			await(this.connection.session().openUrgentStream(StreamCreditTest::sendOne));
		}
		assertThat(waiting.isDone()).isFalse();
	}

	@Test
	void whoWaitsGetsTheRoomOfStreamsThatHaveEnded() throws Exception {
		List<StreamChildChannel> open = new ArrayList<>();
		for (int i = 0; i < USABLE; i++) {
			open.add(await(this.connection.session().openStream(StreamCreditTest::sendOne)));
		}
		Future<StreamChildChannel> waiting = this.connection.session().openStream(StreamCreditTest::sendOne);
		for (StreamChildChannel stream : open.subList(0, STREAMS / 2)) {
			stream.shutdownOutput();
		}
		await(waiting);
	}

	private static void sendOne(StreamChildChannel stream) {
		stream.pipeline().addLast(new Inbox());
		stream.writeAndFlush(Unpooled.wrappedBuffer(new byte[1]));
	}

	/** Answers nothing, and ends a stream that the other side has ended. */
	@ChannelHandler.Sharable
	private static final class Silent extends ChannelInboundHandlerAdapter {

		@Override
		public void channelRead(ChannelHandlerContext ctx, Object message) {
			ReferenceCountUtil.release(message);
		}

		@Override
		public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
			if (event == ChannelInputShutdownEvent.INSTANCE) {
				ctx.close();
			}
		}

		@Override
		public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
			// Streams are reset as the connection ends.
			ctx.close();
		}

	}

}

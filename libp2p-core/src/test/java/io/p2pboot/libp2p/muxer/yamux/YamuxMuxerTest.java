package io.p2pboot.libp2p.muxer.yamux;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.local.LocalAddress;
import io.netty.channel.local.LocalChannel;
import io.netty.channel.local.LocalIoHandler;
import io.netty.channel.local.LocalServerChannel;
import io.p2pboot.libp2p.muxer.MuxerConformance;
import io.p2pboot.libp2p.muxer.MuxerSession;
import io.p2pboot.libp2p.muxer.StreamAcceptor;
import io.p2pboot.libp2p.resource.TestScope;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * yamux between two channels of one process, each on its own event loop.
 */
class YamuxMuxerTest extends MuxerConformance {

	private static final int WRITE_BYTES = 64 * 1024;

	private static EventLoopGroup group;

	@BeforeAll
	static void start() {
		group = new MultiThreadIoEventLoopGroup(2, LocalIoHandler.newFactory());
	}

	@AfterAll
	static void stop() throws InterruptedException {
		assertThat(group.shutdownGracefully(0, 10, TimeUnit.SECONDS).await(30, TimeUnit.SECONDS)).isTrue();
	}

	@Test
	void itsIdIsNegotiated() { // M2
		assertThat(new YamuxMuxer(YamuxConfig.DEFAULT).id()).isEqualTo("/yamux/1.0.0");
	}

	@Override
	protected Pair connect(StreamAcceptor inbound) throws Exception {
		YamuxMuxer muxer = new YamuxMuxer(YamuxConfig.DEFAULT.withLimits(INBOUND_STREAMS, 1L << 30));
		LocalAddress address = new LocalAddress(YamuxMuxerTest.class);
		CompletableFuture<MuxerSession> listening = new CompletableFuture<>();
		CompletableFuture<MuxerSession> dialling = new CompletableFuture<>();
		Channel server = new ServerBootstrap().group(group)
			.channel(LocalServerChannel.class)
			.childHandler(attach(muxer, false, inbound, listening))
			.bind(address)
			.sync()
			.channel();
		new Bootstrap().group(group)
			.channel(LocalChannel.class)
			.handler(attach(muxer, true, inbound, dialling))
			.connect(address)
			.sync();
		Pair pair = new Pair(dialling.get(10, TimeUnit.SECONDS), listening.get(10, TimeUnit.SECONDS));
		server.close().sync();
		return pair;
	}

	private static ChannelHandler attach(YamuxMuxer muxer, boolean initiator, StreamAcceptor inbound,
			CompletableFuture<MuxerSession> session) {
		return new ChannelInitializer<>() {
			@Override
			protected void initChannel(Channel channel) {
				channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {
					@Override
					public void channelActive(ChannelHandlerContext ctx) {
						session.complete(muxer.attach(channel, initiator, WRITE_BYTES, inbound, TestScope.open()));
						ctx.fireChannelActive();
					}
				});
			}
		};
	}

	@Override
	protected boolean carriesResetCodes() {
		return true;
	}

	@Override
	protected boolean announcesStreams() {
		return true;
	}

}

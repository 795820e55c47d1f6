package io.p2pboot.libp2p.security;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.local.LocalAddress;
import io.netty.channel.local.LocalChannel;
import io.netty.channel.local.LocalIoHandler;
import io.netty.channel.local.LocalServerChannel;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.PeerIdMismatch;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.guard.Nightly;
import io.p2pboot.libp2p.security.noise.NoiseSecurity;
import io.p2pboot.libp2p.security.tls.TlsSecurity;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * 200 handshakes of 200 identities at once with one listener on several threads. Each
 * dialler then says who it is; the listener compares that with whom it authenticated.
 * Every tenth dialler expects somebody else and has to be disappointed. Case L27, bar
 * B12.
 */
@Timeout(600)
class ConcurrentHandshakesTest {

	private static final int PEERS = 200;

	/** By night 10,000 handshakes of each protocol. */
	private static final int ROUNDS = Nightly.nightOrDay(50, 1);

	private static final int WRONG_EVERY = 10;

	private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(4, LocalIoHandler.newFactory());

	private final ChannelGroup accepted = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);

	private final PrivateKey listener = PrivateKey.generate();

	private final Queue<String> problems = new ConcurrentLinkedQueue<>();

	@AfterEach
	void stop() {
		this.group.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
	}

	static Stream<SecurityProtocol> protocols() {
		return Stream.of(new NoiseSecurity(), TlsSecurity.create(Clock.systemUTC()));
	}

	private static SecurityProtocol another(SecurityProtocol like) {
		return like.id().equals(NoiseSecurity.ID) ? new NoiseSecurity() : TlsSecurity.create(Clock.systemUTC());
	}

	@ParameterizedTest
	@MethodSource("protocols")
	void nobodyIsTakenForSomebodyElse(SecurityProtocol protocol) throws InterruptedException {
		LocalAddress address = new LocalAddress("concurrent-handshakes" + protocol.id().replace('/', '-'));
		CountDownLatch heard = new CountDownLatch(ROUNDS * (PEERS - PEERS / WRONG_EVERY));
		CountDownLatch ended = new CountDownLatch(ROUNDS * PEERS);
		Channel server = listen(protocol, address, heard);
		List<PrivateKey> identities = Stream.generate(PrivateKey::generate).limit(PEERS).toList();
		List<SecurityProtocol> protocols = Stream.generate(() -> another(protocol)).limit(PEERS).toList();
		List<Channel> channels = new ArrayList<>();
		for (int round = 0; round < ROUNDS; round++) {
			for (int i = 0; i < PEERS; i++) {
				channels.add(dial(protocols.get(i), address, identities.get(i), i % WRONG_EVERY != 0, ended));
			}
		}
		assertThat(ended.await(50, TimeUnit.SECONDS)).isTrue();
		assertThat(heard.await(50, TimeUnit.SECONDS)).isTrue();
		assertThat(this.problems).isEmpty();
		for (Channel channel : channels) {
			channel.close().sync();
		}
		this.accepted.close().sync();
		server.close().sync();
	}

	private Channel listen(SecurityProtocol protocol, LocalAddress address, CountDownLatch heard)
			throws InterruptedException {
		return new ServerBootstrap().group(this.group)
			.channel(LocalServerChannel.class)
			.childHandler(new ChannelInitializer<Channel>() {
				@Override
				protected void initChannel(Channel channel) {
					ConcurrentHandshakesTest.this.accepted.add(channel);
					secureInbound(protocol, channel, heard);
				}
			})
			.bind(address)
			.sync()
			.channel();
	}

	private void secureInbound(SecurityProtocol protocol, Channel channel, CountDownLatch heard) {
		Future<SecureSession> secured = protocol.secure(channel,
				new SecurityRequest(this.listener, false, Optional.empty(), List.of()));
		secured.addListener((done) -> {
			if (done.isSuccess()) {
				channel.pipeline().addLast(new Compare(secured.getNow().remotePeer(), heard));
			}
		});
	}

	private Channel dial(SecurityProtocol protocol, LocalAddress address, PrivateKey identity, boolean honest,
			CountDownLatch ended) throws InterruptedException {
		Channel channel = new Bootstrap().group(this.group)
			.channel(LocalChannel.class)
			.handler(new ChannelInboundHandlerAdapter())
			.connect(address)
			.sync()
			.channel();
		PeerId expected = PeerId.of((honest ? this.listener : identity).publicKey());
		channel.eventLoop().execute(() -> {
			Future<SecureSession> secured = protocol.secure(channel,
					new SecurityRequest(identity, true, Optional.of(expected), List.of()));
			secured.addListener((done) -> {
				if (honest && done.isSuccess()) {
					String name = PeerId.of(identity.publicKey()).toString();
					channel.writeAndFlush(Unpooled.copiedBuffer(name, StandardCharsets.US_ASCII));
				}
				else if (honest || !(done.cause() instanceof PeerIdMismatch)) {
					this.problems.add("honest " + honest + ": " + done.cause());
				}
				ended.countDown();
			});
		});
		return channel;
	}

	private final class Compare extends ChannelInboundHandlerAdapter {

		private final PeerId authenticated;

		private final CountDownLatch heard;

		Compare(PeerId authenticated, CountDownLatch heard) {
			this.authenticated = authenticated;
			this.heard = heard;
		}

		@Override
		public void channelRead(ChannelHandlerContext ctx, Object message) {
			ByteBuf bytes = (ByteBuf) message;
			String name = bytes.toString(StandardCharsets.US_ASCII);
			bytes.release();
			if (!name.equals(this.authenticated.toString())) {
				ConcurrentHandshakesTest.this.problems.add(name + " was taken for " + this.authenticated);
			}
			this.heard.countDown();
		}

		@Override
		public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
			ctx.close();
		}

	}

}

package io.p2pboot.libp2p.node;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.ConnectionLost;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamProtocol;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.muxer.Muxer;
import io.p2pboot.libp2p.muxer.MuxerSession;
import io.p2pboot.libp2p.muxer.StreamAcceptor;
import io.p2pboot.libp2p.muxer.StreamChildChannel;
import io.p2pboot.libp2p.muxer.yamux.YamuxConfig;
import io.p2pboot.libp2p.muxer.yamux.YamuxMuxer;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.resource.ConnectionScope;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Peers that take no more streams: because they leave, or just so.
 */
class ConnectionEndTest extends NodeSuite {

	private static final ProtocolPath PATH = ProtocolPath.of("/leaving/1.0.0");

	/** yamux GoAway, code 0. */
	private static final byte[] GO_AWAY = { 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 };

	private final AtomicReference<Channel> connection = new AtomicReference<>();

	@Override
	NodeLink link() {
		return NodeLink.TCP;
	}

	@Test
	void aConnectionThatThePeerEndsIsNotUsedForNewStreams() throws Exception { // M40
		this.server.mountStreams(PATH, (stream) -> {
			this.connection.set(stream.parent());
			stream.writeAndFlush(Unpooled.wrappedBuffer(new byte[] { 'h' }));
		});
		AddrInfo server = this.server.addrInfo();
		Stream first = this.client.openStream(server, PATH);
		assertThat(first.inputStream().read()).isEqualTo('h');
		Connection old = this.client.connections().get(0);
		this.connection.get().writeAndFlush(Unpooled.wrappedBuffer(GO_AWAY)).sync();
		eventually("the end told", () -> this.client.connection(server.id()).isEmpty());
		assertThat(old.isOpen()).as("its streams live on").isTrue();
		this.client.connect(server);
		try (Stream second = this.client.openStream(server, PATH)) {
			assertThat(second.inputStream().read()).isEqualTo('h');
			assertThat(second.connection()).isNotSameAs(old);
		}
		assertThat(first.isOpen()).isTrue();
		first.reset(0);
		eventually("the old one closed", () -> !old.isOpen() && this.client.connections().size() == 1);
	}

	@Test
	void anOpenIsNotWaitedForLongerThanANegotiation() throws Exception {
		NettyNode stuck = started(link().client().muxer(new StuckMuxer()).negotiationTimeout(Duration.ofMillis(300)));
		assertThatExceptionOfType(ConnectionLost.class).isThrownBy(() -> stuck.openStream(this.server.addrInfo(), PATH))
			.withMessageContaining("300 ms");
		assertThat(stuck.connections()).hasSize(1);
	}

	@Test
	void anExecutorThatRunsItsCallerIsRefused() throws Exception {
		AtomicInteger served = new AtomicInteger();
		this.server.mountProtocol(PATH, StreamProtocol.create())
			.serve(Runnable::run, (stream) -> served.incrementAndGet());
		assertThatExceptionOfType(StreamReset.class).isThrownBy(() -> {
			try (Stream stream = this.client.openStream(this.server.addrInfo(), PATH)) {
				stream.outputStream().write(1);
				stream.inputStream().read();
			}
		});
		assertThat(served).hasValue(0);
	}

	/** No stream is ever opened. */
	private static final class StuckMuxer implements Muxer {

		private final YamuxMuxer yamux = new YamuxMuxer(YamuxConfig.DEFAULT);

		@Override
		public String id() {
			return this.yamux.id();
		}

		@Override
		public MuxerSession attach(Channel channel, boolean initiator, int writeBytes, StreamAcceptor inboundStreams,
				ConnectionScope scope) {
			return new StuckSession(this.yamux.attach(channel, initiator, writeBytes, inboundStreams, scope));
		}

	}

	private record StuckSession(MuxerSession session) implements MuxerSession {

		@Override
		public Channel channel() {
			return this.session.channel();
		}

		@Override
		public Future<StreamChildChannel> openStream(StreamAcceptor setup) {
			Promise<StreamChildChannel> never = channel().eventLoop().newPromise();
			channel().closeFuture().addListener((closed) -> never.tryFailure(new ConnectionLost("closed")));
			return never;
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

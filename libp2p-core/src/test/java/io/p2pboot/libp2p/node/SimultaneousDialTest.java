package io.p2pboot.libp2p.node;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

import io.netty.channel.Channel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.ConnectOptions;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.Role;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.security.SecureSession;
import io.p2pboot.libp2p.security.SecurityProtocol;
import io.p2pboot.libp2p.security.SecurityRequest;
import io.p2pboot.libp2p.security.noise.NoiseSecurity;
import io.p2pboot.libp2p.transport.BoundListener;
import io.p2pboot.libp2p.transport.tcp.TcpTransport;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * Both ends dial at the same moment over TCP, each from the port that it listens on, as
 * through two routers that let in only what answers: neither listener hears of it, and
 * the two dials become one connection (RFC 9293 section 3.5).
 */
class SimultaneousDialTest extends NodeSuite {

	/**
	 * Linux: IPPROTO_IP is 0, IP_MINTTL is 21. A listener hears nothing that has come
	 * through a router; on the loopback packets leave with 64.
	 */
	private static final IntegerUnixChannelOption MIN_TTL = new IntegerUnixChannelOption("IP_MINTTL", 0, 21);

	private final List<Channel> listening = new CopyOnWriteArrayList<>();

	@Override
	NodeLink link() {
		return NodeLink.TCP;
	}

	@Override
	NodeBuilder serverBuilder() {
		return builder();
	}

	@Override
	NodeBuilder clientBuilder() {
		return builder();
	}

	private NodeBuilder builder() {
		return NodeBuilder.create()
			.transport(new WatchedTransport(new TcpTransport(),
					(listener) -> this.listening.add(((BoundListener) listener).channel()), (options) -> {
					}))
			.security(new Watching(() -> hear(true)))
			.shutdownGrace(Duration.ZERO)
			.eventLoopThreads(2)
			.listen("/ip4/127.0.0.1/tcp/0");
	}

	@Test
	void anInitiatorAndAResponderThatDialAtOnceHaveOneConnection() throws Exception {
		assumeTrue(Epoll.isAvailable(), "NIO does not share ports");
		hear(false);
		Future<Connection> initiator = this.server.connectAsync(this.client.addrInfo());
		Future<Connection> responder = this.client.connectAsync(this.server.addrInfo(),
				ConnectOptions.DEFAULT.directOnly().withRole(Role.RESPONDER));
		check(this.server, initiator.get(20, TimeUnit.SECONDS), this.client);
		check(this.client, responder.get(20, TimeUnit.SECONDS), this.server);
	}

	private static void check(NettyNode node, Connection connection, NettyNode peer) throws Exception {
		assertThat(connection.direction()).isEqualTo(Direction.OUTBOUND);
		assertThat(connection.localAddress()).isEqualTo(node.listenAddresses().get(0));
		assertThat(connection.remoteAddress()).isEqualTo(peer.listenAddresses().get(0));
		assertThat(node.connections()).containsExactly(connection);
		assertThat(node.ping(peer.addrInfo())).isPositive();
	}

	@Test
	void twoInitiatorsThatDialAtOnceAreConnectedNonetheless() throws Exception {
		assumeTrue(Epoll.isAvailable(), "NIO does not share ports");
		hear(false);
		Future<Connection> one = this.server.connectAsync(this.client.addrInfo());
		Future<Connection> other = this.client.connectAsync(this.server.addrInfo());
		assertThat(one.get(20, TimeUnit.SECONDS).remotePeer()).isEqualTo(this.client.peerId());
		assertThat(other.get(20, TimeUnit.SECONDS).remotePeer()).isEqualTo(this.server.peerId());
		assertThat(this.server.ping(this.client.addrInfo())).isPositive();
	}

	private void hear(boolean all) {
		assertThat(this.listening).hasSize(2);
		this.listening.forEach((listener) -> assertThat(listener.config().setOption(MIN_TTL, all ? 0 : 255)).isTrue());
	}

	/** Noise, which says when a handshake begins. */
	private record Watching(Runnable begins) implements SecurityProtocol {

		private static final NoiseSecurity NOISE = new NoiseSecurity();

		@Override
		public String id() {
			return NOISE.id();
		}

		@Override
		public Future<SecureSession> secure(Channel channel, SecurityRequest request) {
			this.begins.run();
			return NOISE.secure(channel, request);
		}

	}

}

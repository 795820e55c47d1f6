package io.p2pboot.libp2p.node;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.ConnectOptions;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.Role;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.transport.DialOptions;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Both ends dial, and one of them as responder, where its transport waits for the other's
 * dial. Over TCP see {@link SimultaneousDialTest}.
 */
@Timeout(60)
class ResponderDialTest {

	private final BlockingQueue<DialOptions> dialled = new LinkedBlockingQueue<>();

	@ParameterizedTest
	@EnumSource(names = { "MEMORY", "QUIC" })
	void theResponderAndTheInitiatorHaveOneConnection(NodeLink link) throws Exception {
		try (NettyNode first = node(link); NettyNode second = node(link)) {
			Future<Connection> responder = first.connectAsync(second.addrInfo(),
					ConnectOptions.DEFAULT.directOnly().withRole(Role.RESPONDER));
			DialOptions told = this.dialled.poll(20, TimeUnit.SECONDS);
			assertThat(told.role()).isEqualTo(Role.RESPONDER);
			assertThat(told.peer()).hasValue(second.peerId());
			Future<Connection> initiator = second.connectAsync(first.addrInfo());
			check(first, responder.get(20, TimeUnit.SECONDS), second);
			check(second, initiator.get(20, TimeUnit.SECONDS), first);
		}
	}

	private static void check(NettyNode node, Connection connection, NettyNode peer) throws IOException {
		assertThat(connection.direction()).isEqualTo(Direction.OUTBOUND);
		assertThat(connection.localAddress()).isEqualTo(node.listenAddresses().get(0));
		assertThat(connection.remoteAddress()).isEqualTo(peer.listenAddresses().get(0));
		assertThat(node.connections()).containsExactly(connection);
		assertThat(node.ping(peer.addrInfo())).isPositive();
	}

	@ParameterizedTest
	@EnumSource(names = { "MEMORY", "QUIC" })
	void somebodyElseWhoDialsMeanwhileIsAnInboundConnection(NodeLink link) throws Exception {
		try (NettyNode first = node(link); NettyNode second = node(link); NettyNode other = node(link)) {
			Future<Connection> responder = first.connectAsync(second.addrInfo(),
					ConnectOptions.DEFAULT.withRole(Role.RESPONDER));
			assertThat(this.dialled.poll(20, TimeUnit.SECONDS).peer()).map(PeerId::toString)
				.isEqualTo(Optional.of(second.peerId().toString()));
			other.connect(first.addrInfo());
			// The other end of a connection hears of it a moment later.
			other.ping(first.addrInfo());
			assertThat(first.connections()).singleElement()
				.satisfies((connection) -> assertThat(connection.direction()).isEqualTo(Direction.INBOUND));
			assertThat(responder.isDone()).isFalse();
			second.connect(first.addrInfo());
			check(first, other, responder.get(20, TimeUnit.SECONDS), second);
		}
	}

	private static void check(NettyNode node, NettyNode other, Connection connection, NettyNode peer) {
		assertThat(connection.direction()).isEqualTo(Direction.OUTBOUND);
		assertThat(connection.remotePeer()).isEqualTo(peer.peerId());
		assertThat(node.connections()).hasSize(2);
		assertThat(node.connection(other.peerId())).isPresent();
	}

	private NettyNode node(NodeLink link) throws IOException {
		return NodeBuilder.create().transport(new WatchedTransport(link.transport(), (listener) -> {
		}, this.dialled::add)).eventLoopThreads(2).shutdownGrace(Duration.ZERO).listen(link.anyAddress()).start();
	}

}

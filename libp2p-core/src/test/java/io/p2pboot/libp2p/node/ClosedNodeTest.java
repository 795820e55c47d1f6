package io.p2pboot.libp2p.node;

import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.ConnectionLost;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.netty.StreamChannel;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What an application still holds of a node that is closed ends quietly.
 */
class ClosedNodeTest extends NodeSuite {

	private static final ProtocolPath PATH = ProtocolPath.of("/held/1.0.0");

	@Override
	NodeLink link() {
		return NodeLink.TCP;
	}

	@ParameterizedTest
	@EnumSource(names = { "TCP", "QUIC" })
	void connectionsAndStreamsOfAClosedNodeCanBeClosed(NodeLink link) throws Exception {
		NettyNode listening = started(link.server().shutdownGrace(Duration.ZERO));
		listening.mountStreams(PATH, (stream) -> {
		});
		NettyNode node = started(link.client().shutdownGrace(Duration.ZERO));
		Connection connection = node.connect(listening.addrInfo());
		AtomicReference<StreamChannel> channel = new AtomicReference<>();
		assertThat(node.openStream(connection, List.of(PATH), channel::set).await(20_000)).isTrue();
		Stream stream = node.openStream(listening.addrInfo(), PATH);
		InputStream input = stream.inputStream();
		node.close();
		assertThat(channel.get().eventLoop().terminationFuture().await(20_000)).isTrue();
		connection.close();
		assertThat(connection.awaitClosed(Duration.ofSeconds(20))).isTrue();
		input.close();
		stream.reset(0);
		stream.close();
		assertThat(channel.get().reset(0).isDone()).isTrue();
		assertThat(channel.get().shutdownOutput().isSuccess()).isFalse();
		Future<StreamChannel> late = node.openStream(connection, List.of(PATH), (opened) -> {
		});
		assertThat(late.cause()).isInstanceOf(ConnectionLost.class);
	}

}

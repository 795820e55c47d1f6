package io.p2pboot.libp2p.transport.quic;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;

import io.netty.channel.ChannelHandler;
import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.ResourceUsage;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.muxer.StreamChildChannel;
import io.p2pboot.libp2p.transport.DialOptions;
import io.p2pboot.libp2p.transport.EventLoops;
import io.p2pboot.libp2p.transport.Listener;
import io.p2pboot.libp2p.transport.MuxedConnection;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Two nodes with a QUIC transport each.
 */
@Timeout(120)
abstract class QuicSuite {

	/** Short, for dials that get no answer. */
	static final Duration HANDSHAKE = Duration.ofSeconds(5);

	static final Multiaddr ANY_PORT = Multiaddr.parse("/ip4/127.0.0.1/udp/0/quic-v1");

	private final List<QuicTransport> transports = new ArrayList<>();

	private final List<MuxNode> nodes = new ArrayList<>();

	MuxNode server;

	MuxNode client;

	QuicTransport serverTransport;

	QuicTransport clientTransport;

	EventLoops createEventLoops() {
		return EventLoops.create(1);
	}

	QuicConfig config() {
		return QuicConfig.DEFAULT;
	}

	@BeforeEach
	void startNodes() {
		this.server = node();
		this.client = node();
		this.serverTransport = transport(this.server, config());
		this.clientTransport = transport(this.client, config());
	}

	@AfterEach
	void stopNodes() throws Exception {
		for (QuicTransport transport : this.transports) {
			await(transport.close());
		}
		for (MuxNode node : this.nodes) {
			node.close();
			assertThat(node.usage()).as("what was not given back").isEqualTo(ResourceUsage.NOTHING);
		}
	}

	MuxNode node() {
		MuxNode node = new MuxNode(createEventLoops());
		this.nodes.add(node);
		return node;
	}

	QuicTransport transport(MuxNode node, QuicConfig config) {
		QuicTransport transport = new QuicTransport(config);
		transport.start(node);
		this.transports.add(transport);
		return transport;
	}

	static QuicConfig impatient() {
		return QuicConfig.DEFAULT.withTimeouts(Duration.ofMillis(500), QuicConfig.DEFAULT_IDLE_TIMEOUT,
				QuicConfig.DEFAULT_KEEP_ALIVE);
	}

	Listener listen(Multiaddr address) throws Exception {
		return await(this.serverTransport.listen(address));
	}

	MuxedConnection dial(Multiaddr address) throws Exception {
		return await(this.clientTransport.dial(address, DialOptions.ANY_PEER));
	}

	MuxedConnection connect() throws Exception {
		return dial(listen(ANY_PORT).address());
	}

	static StreamChildChannel open(MuxedConnection connection, ChannelHandler handler) throws Exception {
		return await(connection.session().openStream((stream) -> stream.pipeline().addLast(handler)));
	}

	static <V> V await(Future<V> future) throws Exception {
		return MuxNode.await(future);
	}

	static IOException failureOf(Future<?> future) throws Exception {
		try {
			await(future);
		}
		catch (ExecutionException ex) {
			assertThat(ex.getCause()).isInstanceOf(IOException.class);
			return (IOException) ex.getCause();
		}
		throw new AssertionError("Did not fail");
	}

}

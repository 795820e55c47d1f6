package io.p2pboot.libp2p.interop;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.node.NodeBuilder;
import io.p2pboot.libp2p.transport.quic.QuicTransport;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A stream that our node neither reads nor writes hears that its peer has reset it.
 */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class IdleStreamTest {

	private static final ProtocolPath RESET = ProtocolPath.of("/lip/reset/1.0.0");

	private final CompletableFuture<Throwable> failure = new CompletableFuture<>();

	@ParameterizedTest
	@CsvSource({ "go, quic-v1, /ip4/127.0.0.1/udp/0/quic-v1", "java, quic-v1, /ip4/127.0.0.1/udp/0/quic-v1",
			"go, tcp, /ip4/127.0.0.1/tcp/0" })
	void aResetIsHeardWhereNobodyReadsOrWrites(String stack, String transport, String address) throws Exception {
		Stacks.require(stack);
		NodeBuilder builder = NodeBuilder.create().listen(address);
		if (transport.equals("quic-v1")) {
			builder.transport(new QuicTransport());
		}
		try (StartedPeer peer = StartedPeer.start(stack,
				Map.of("transports", List.of(transport), "listen", List.of(address)));
				NettyNode node = builder.build()) {
			node.mountStreams(RESET, (stream) -> {
				stream.config().setAutoRead(false);
				stream.pipeline().addLast(new Idle());
			});
			node.start();
			peer.dial(node.addrInfo().addresses().get(0) + "/p2p/" + node.peerId());
			peer.call("reset", Map.of("peer", node.peerId().toString(), "size", 100_000, "by", "local"));
			assertThat(this.failure.get(20, TimeUnit.SECONDS)).isInstanceOf(StreamReset.class);
		}
	}

	/** Answers with the one byte that the opener waits for. */
	private final class Idle extends ChannelInboundHandlerAdapter {

		@Override
		public void handlerAdded(ChannelHandlerContext ctx) {
			ctx.writeAndFlush(Unpooled.wrappedBuffer(new byte[1]));
		}

		@Override
		public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
			IdleStreamTest.this.failure.complete(cause);
		}

	}

}

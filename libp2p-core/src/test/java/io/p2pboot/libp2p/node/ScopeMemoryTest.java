package io.p2pboot.libp2p.node;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.buffer.ByteBuf;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.netty.StreamChannel;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What peers leave unread counts for the protocol, on yamux.
 */
class ScopeMemoryTest extends NodeSuite {

	static final ProtocolPath PATH = ProtocolPath.of("/hoard/1.0.0");

	private static final int BYTES = 200_000;

	private final Queue<StreamChannel> streams = new ConcurrentLinkedQueue<>();

	@Override
	NodeLink link() {
		return NodeLink.TCP;
	}

	private long memory() {
		return this.server.scopes(0)
			.stream()
			.filter((usage) -> usage.scope().equals("protocol:" + PATH))
			.mapToLong((usage) -> usage.memoryBytes())
			.sum();
	}

	private Stream leaveUnread() throws Exception {
		Stream stream = this.client.openStream(this.server.addrInfo(), PATH);
		stream.outputStream().write(new byte[BYTES]);
		stream.outputStream().flush();
		return stream;
	}

	@Test
	void whatNobodyHasReadCountsForItsProtocolUntilItIsRead() throws Exception {
		this.server.mountStreams(PATH, (stream) -> {
			stream.config().setAutoRead(false);
			stream.pipeline().addLast(new SimpleChannelInboundHandler<ByteBuf>() {
				@Override
				protected void channelRead0(ChannelHandlerContext ctx, ByteBuf bytes) {
					assertThat(bytes.isReadable()).isTrue();
				}
			});
			this.streams.add(stream);
		});
		Stream first = leaveUnread();
		eventually("the first counts", () -> memory() >= BYTES * 4 / 5);
		Stream second = leaveUnread();
		eventually("both count", () -> memory() >= 2 * BYTES * 4 / 5);
		this.streams.remove().config().setAutoRead(true);
		eventually("the second counts", () -> memory() > 0 && memory() <= BYTES * 13 / 10);
		this.streams.remove().config().setAutoRead(true);
		eventually("nothing counts", () -> memory() == 0);
		first.reset(0);
		second.reset(0);
	}

	@Test
	void whatNobodyHasReadOfAStreamCountsNoLongerThanUntilItsReset() throws Exception {
		this.server.mountStreams(PATH, (stream) -> stream.config().setAutoRead(false));
		Stream first = leaveUnread();
		Stream second = leaveUnread();
		eventually("both count", () -> memory() >= 2 * BYTES * 4 / 5);
		first.reset(0);
		second.reset(0);
		eventually("nothing counts", () -> memory() == 0);
	}

}

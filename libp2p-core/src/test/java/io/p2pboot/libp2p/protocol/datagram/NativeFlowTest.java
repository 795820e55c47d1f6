package io.p2pboot.libp2p.protocol.datagram;

import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.p2pboot.libp2p.DatagramFlow;
import io.p2pboot.libp2p.Fakes;
import io.p2pboot.libp2p.NodeObserver;
import io.p2pboot.libp2p.PeerStore;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.netty.NativeDatagrams;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.netty.StreamInitializer;
import io.p2pboot.libp2p.netty.TestConnection;
import io.p2pboot.libp2p.netty.TestStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A flow whose control stream ends before it has begun.
 */
class NativeFlowTest {

	private static final ProtocolPath PATH = ProtocolPath.of("/telemetry/1.0.0");

	private final TestConnection connection = TestConnection.of("/ip4/10.0.0.1/tcp/4001", "/ip4/9.9.9.9/tcp/1");

	private final TestStream control = new TestStream(DatagramService.CONTROL, this.connection);

	private final EmbeddedChannel channel = new EmbeddedChannel();

	private final List<NativeDatagrams.Receiver> receivers = new ArrayList<>();

	private int flushes;

	private int received;

	private final NativeDatagrams datagrams = Fakes.of(NativeDatagrams.class,
			Map.of("channel", (none) -> this.channel, "maxBytes", (none) -> 1400, "hopedForBytes", (none) -> 1400,
					"isInitiator", (none) -> true, "streamId", (stream) -> 0L, "lastOpenedStreamId", (none) -> 0L,
					"flush", (none) -> {
						this.flushes++;
						return null;
					}, "receiver", (arguments) -> {
						this.receivers.add((NativeDatagrams.Receiver) arguments.get(0));
						return null;
					}));

	private final DatagramService service = new DatagramService(Fakes.of(NettyNode.class,
			Map.of("observer", (none) -> Fakes.recording(NodeObserver.class, (name, arguments) -> {
			}), "peerStore", (none) -> Fakes.of(PeerStore.class, Map.of("protocols", (peer) -> Set.of())), "openStream",
					this::openStream)),
			DatagramService.DEFAULT_MAX_BYTES);

	private Object openStream(List<Object> arguments) {
		try {
			((StreamInitializer) arguments.get(2)).initialize(this.control);
		}
		catch (Exception ex) {
			throw new AssertionError("The stream was not set up", ex);
		}
		return ImmediateEventExecutor.INSTANCE.newSucceededFuture(this.control);
	}

	@AfterEach
	void close() {
		this.control.finishAndReleaseAll();
		this.channel.finishAndReleaseAll();
	}

	@Test
	void aFlowWhoseProposalFailsAtOnceIsNotKept() {
		this.control.pipeline().addFirst(new ChannelOutboundHandlerAdapter() {

			@Override
			public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
				ReferenceCountUtil.release(message);
				promise.setFailure(new ClosedChannelException());
			}

		});
		this.service.attach(this.connection, this.datagrams);
		this.service.serve(PATH, (datagram) -> this.received++);
		Future<DatagramFlow> opened = this.service.open(this.connection, PATH);
		assertThat(opened.getNow().isOpen()).isFalse();
		assertThat(this.service.flow(this.connection.remotePeer(), PATH)).isEmpty();
		this.receivers.get(0).received(Unpooled.wrappedBuffer(new byte[] { 0, 42 }));
		assertThat(this.received).as("by the connection").isZero();
		this.service.unserve(PATH);
		this.control.runPendingTasks();
		assertThat(this.flushes).as("nothing is left to finish").isZero();
	}

	@Test
	void aFlowWhoseProposalLeavesReceives() {
		this.service.attach(this.connection, this.datagrams);
		this.service.serve(PATH, (datagram) -> this.received++);
		assertThat(this.service.open(this.connection, PATH).getNow().isOpen()).isTrue();
		this.receivers.get(0).received(Unpooled.wrappedBuffer(new byte[] { 0, 42 }));
		assertThat(this.received).isOne();
		this.service.unserve(PATH);
		this.control.runPendingTasks();
		assertThat(this.control.isOpen()).isFalse();
	}

}

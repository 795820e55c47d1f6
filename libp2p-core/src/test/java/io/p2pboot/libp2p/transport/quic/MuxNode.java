package io.p2pboot.libp2p.transport.quic;

import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.ConnectionLost;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.Libp2pException;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.ResourceUsage;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.muxer.StreamAcceptor;
import io.p2pboot.libp2p.muxer.StreamChildChannel;
import io.p2pboot.libp2p.resource.ConnectionLimits;
import io.p2pboot.libp2p.resource.ConnectionScope;
import io.p2pboot.libp2p.resource.ResourceManager;
import io.p2pboot.libp2p.resource.TestScope;
import io.p2pboot.libp2p.resource.UnreadMemory;
import io.p2pboot.libp2p.transport.EventLoops;
import io.p2pboot.libp2p.transport.MuxedConnection;
import io.p2pboot.libp2p.transport.TransportContext;
import io.p2pboot.libp2p.transport.Upgrader;

/**
 * What a transport that multiplexes by itself works with: keeps the inbound connections,
 * and echoes on inbound streams unless told otherwise.
 */
final class MuxNode implements TransportContext {

	private static final ConnectionLimits LIMITS = ConnectionLimits.DEFAULT.withInboundUpgrading(1000)
		.withConnectionsPerPeer(1000);

	private final EventLoops eventLoops;

	private final PrivateKey identity = PrivateKey.generate();

	private final BlockingQueue<MuxedConnection> connections = new LinkedBlockingQueue<>();

	private volatile ResourceManager resources = TestScope.manager(LIMITS);

	private volatile boolean refuses;

	private volatile boolean busy;

	private volatile Clock clock = Clock.systemUTC();

	private volatile StreamAcceptor inboundStreams = MuxNode::echo;

	MuxNode(EventLoops eventLoops) {
		this.eventLoops = eventLoops;
	}

	PeerId peer() {
		return PeerId.of(this.identity.publicKey());
	}

	void serveWith(StreamAcceptor acceptor) {
		this.inboundStreams = acceptor;
	}

	/** Takes no inbound connection, or does again. */
	void refuse(boolean refuses) {
		this.refuses = refuses;
	}

	/** Has everybody prove their address first, or no more. */
	void busy(boolean busy) {
		this.busy = busy;
	}

	void limits(ConnectionLimits limits) {
		this.resources = TestScope.manager(limits);
	}

	void memory(UnreadMemory memory) {
		this.resources = TestScope.manager(LIMITS, memory);
	}

	void clock(Clock clock) {
		this.clock = clock;
	}

	/** What the connections use. */
	ResourceUsage usage() {
		return this.resources.usage();
	}

	MuxedConnection nextInbound() throws InterruptedException {
		MuxedConnection next = this.connections.poll(20, TimeUnit.SECONDS);
		if (next == null) {
			throw new AssertionError("No inbound connection within 20 s");
		}
		return next;
	}

	int waitingInbound() {
		return this.connections.size();
	}

	/** Waits until its event loops have run what they were given before. */
	void settle() throws Exception {
		for (EventExecutor loop : this.eventLoops.group()) {
			await(loop.submit(() -> {
			}));
		}
	}

	static <V> V await(Future<V> future) throws Exception {
		return future.get(20, TimeUnit.SECONDS);
	}

	@Override
	public Duration upgradeTimeout() {
		return Duration.ofSeconds(15);
	}

	@Override
	public PrivateKey identity() {
		return this.identity;
	}

	@Override
	public EventLoops eventLoops() {
		return this.eventLoops;
	}

	@Override
	public Upgrader upgrader() {
		throw new UnsupportedOperationException();
	}

	@Override
	public StreamAcceptor inboundStreams() {
		return (stream) -> this.inboundStreams.accept(stream);
	}

	@Override
	public ConnectionScope admit(Channel channel, Direction direction, Multiaddr local, Multiaddr remote)
			throws Libp2pException {
		if (direction == Direction.INBOUND && this.refuses) {
			throw new ConnectionLost("refused");
		}
		ConnectionScope scope = this.resources.open(direction, local, remote, channel::close);
		channel.closeFuture().addListener((closed) -> scope.close());
		return scope;
	}

	@Override
	public boolean isBusy(Multiaddr remote) {
		return this.busy;
	}

	@Override
	public void connected(MuxedConnection connection) {
		if (!connection.session().channel().eventLoop().inEventLoop()) {
			throw new AssertionError("Handed over outside its event loop");
		}
		this.connections.add(connection);
	}

	@Override
	public Clock clock() {
		return this.clock;
	}

	/** Shuts the event loops down. */
	void close() throws InterruptedException {
		this.eventLoops.group().shutdownGracefully(0, 5, TimeUnit.SECONDS).await(10, TimeUnit.SECONDS);
	}

	static void echo(StreamChildChannel stream) {
		stream.pipeline().addLast(new Echo());
		stream.config().setAutoRead(true);
	}

	/** Sends back what arrives, and its end. */
	private static final class Echo extends ChannelInboundHandlerAdapter {

		@Override
		public void channelRead(ChannelHandlerContext ctx, Object message) {
			ctx.write(message);
		}

		@Override
		public void channelReadComplete(ChannelHandlerContext ctx) {
			ctx.flush();
			ctx.channel().config().setAutoRead(ctx.channel().isWritable());
		}

		@Override
		public void channelWritabilityChanged(ChannelHandlerContext ctx) {
			ctx.channel().config().setAutoRead(ctx.channel().isWritable());
		}

		@Override
		public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
			if (event instanceof ChannelInputShutdownEvent) {
				((DuplexChannel) ctx.channel()).shutdownOutput();
			}
		}

		@Override
		public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
			ctx.close();
		}

	}

	/** Gathers what a stream tells, in words. */
	static final class Inbox extends ChannelInboundHandlerAdapter implements StreamAcceptor {

		private final BlockingQueue<String> events = new LinkedBlockingQueue<>();

		private final AtomicInteger bytes = new AtomicInteger();

		@Override
		public void accept(StreamChildChannel stream) {
			stream.pipeline().addLast(this);
		}

		@Override
		public void channelRead(ChannelHandlerContext ctx, Object message) {
			ByteBuf content = (ByteBuf) message;
			this.bytes.addAndGet(content.readableBytes());
			content.release();
		}

		@Override
		public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
			this.events.add(event.getClass().getSimpleName());
		}

		@Override
		public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
			this.events.add(cause.getClass().getSimpleName() + ": " + cause.getMessage());
		}

		@Override
		public void channelInactive(ChannelHandlerContext ctx) {
			this.events.add("inactive");
		}

		String nextEvent() throws InterruptedException {
			String next = this.events.poll(20, TimeUnit.SECONDS);
			if (next == null) {
				throw new AssertionError("No event within 20 s, " + this.bytes + " bytes");
			}
			return next;
		}

		int bytes() {
			return this.bytes.get();
		}

	}

}

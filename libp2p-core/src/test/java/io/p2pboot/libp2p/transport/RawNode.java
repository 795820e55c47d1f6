package io.p2pboot.libp2p.transport;

import java.time.Clock;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.Libp2pException;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.ResourceUsage;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.muxer.MuxerSession;
import io.p2pboot.libp2p.muxer.StreamAcceptor;
import io.p2pboot.libp2p.muxer.StreamChildChannel;
import io.p2pboot.libp2p.resource.ConnectionLimits;
import io.p2pboot.libp2p.resource.ConnectionScope;
import io.p2pboot.libp2p.resource.ResourceManager;
import io.p2pboot.libp2p.resource.TestScope;
import io.p2pboot.libp2p.security.SecureSession;

/**
 * A node that upgrades nothing: it shows the bytes that a transport carries. Inbound
 * channels echo unless told otherwise, dialled ones gather what they read.
 */
public final class RawNode implements TransportContext, Upgrader {

	private final EventLoops eventLoops;

	private final PrivateKey identity = PrivateKey.generate();

	private final BlockingQueue<Inbound> inbound = new LinkedBlockingQueue<>();

	private final ResourceManager resources = TestScope.manager(ConnectionLimits.DEFAULT);

	private volatile ChannelHandler inboundHandler = new Echo();

	private volatile Optional<Future<MuxedConnection>> upgrade = Optional.empty();

	private volatile Duration upgradeTimeout = Duration.ofSeconds(15);

	public RawNode(EventLoops eventLoops) {
		this.eventLoops = eventLoops;
	}

	/** Uses a sharable handler instead of the echo for the inbound channels to come. */
	public void serveWith(ChannelHandler handler) {
		this.inboundHandler = handler;
	}

	/** Answers each dial's upgrade with this future. */
	public void upgradeWith(Future<MuxedConnection> future) {
		this.upgrade = Optional.of(future);
	}

	/** Upgrades dials by itself again. */
	public void upgradeItself() {
		this.upgrade = Optional.empty();
	}

	/** How long upgrades may take from now on. */
	public void upgradeTimeout(Duration timeout) {
		this.upgradeTimeout = timeout;
	}

	/** Waits for the next inbound channel. */
	public Inbound nextInbound() throws InterruptedException {
		Inbound next = this.inbound.poll(10, TimeUnit.SECONDS);
		if (next == null) {
			throw new AssertionError("No inbound channel within 10 s");
		}
		return next;
	}

	public int waitingInbound() {
		return this.inbound.size();
	}

	@Override
	public void inbound(Channel channel, UpgradeRequest request) {
		check(channel);
		channel.pipeline().addLast(this.inboundHandler);
		this.inbound.add(new Inbound(channel, request.transport(), request.local(), request.remote()));
	}

	@Override
	public Future<MuxedConnection> outbound(Channel channel, UpgradeRequest request) {
		check(channel);
		if (this.upgrade.isPresent()) {
			return this.upgrade.get();
		}
		Inbox inbox = new Inbox();
		channel.pipeline().addLast(inbox);
		SecureSession session = new SecureSession(PeerId.of(this.identity.publicKey()), this.identity.publicKey(),
				Optional.empty());
		return channel.eventLoop()
			.newSucceededFuture(new MuxedConnection(Direction.OUTBOUND, request.transport(), request.local(),
					request.remote(), Optional.empty(), Optional.empty(), session, new RawSession(channel, inbox),
					Duration.ZERO, TestScope.open()));
	}

	private static void check(Channel channel) {
		if (!channel.eventLoop().inEventLoop() || !channel.isActive() || channel.config().isAutoRead()) {
			throw new AssertionError("Handed over outside its event loop, inactive, or already reading: " + channel);
		}
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
		return this;
	}

	@Override
	public StreamAcceptor inboundStreams() {
		throw new UnsupportedOperationException();
	}

	@Override
	public ConnectionScope admit(Channel channel, Direction direction, Multiaddr local, Multiaddr remote)
			throws Libp2pException {
		ConnectionScope scope = this.resources.open(direction, local, remote, channel::close);
		channel.closeFuture().addListener((closed) -> scope.close());
		return scope;
	}

	/** What the connections use. */
	public ResourceUsage usage() {
		return this.resources.usage();
	}

	@Override
	public Duration upgradeTimeout() {
		return this.upgradeTimeout;
	}

	@Override
	public void connected(MuxedConnection connection) {
		throw new UnsupportedOperationException();
	}

	@Override
	public Clock clock() {
		return Clock.systemUTC();
	}

	/** Shuts the event loops down. */
	public void close() throws InterruptedException {
		this.eventLoops.group().shutdownGracefully(0, 5, TimeUnit.SECONDS).await(10, TimeUnit.SECONDS);
	}

	/** What the upgrader was given. */
	public record Inbound(Channel channel, String transport, Multiaddr local, Multiaddr remote) {
	}

	/** Sends back what arrives, and reads no more than it can write. */
	@ChannelHandler.Sharable
	public static final class Echo extends ChannelInboundHandlerAdapter {

		@Override
		public void channelRead(ChannelHandlerContext ctx, Object msg) {
			ctx.write(msg);
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
		public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
			ctx.close();
		}

	}

	/** Gathers what a dialled channel reads. */
	public static final class Inbox extends ChannelInboundHandlerAdapter {

		private final BlockingQueue<String> chunks = new LinkedBlockingQueue<>();

		@Override
		public void channelRead(ChannelHandlerContext ctx, Object msg) {
			ByteBuf bytes = (ByteBuf) msg;
			byte[] content = new byte[bytes.readableBytes()];
			bytes.readBytes(content);
			this.chunks.add(HexFormat.of().formatHex(content));
			bytes.release();
		}

		@Override
		public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
			ctx.close();
		}

		/** Waits for that many bytes, in hex. */
		public String read(int bytes) throws InterruptedException {
			StringBuilder hex = new StringBuilder();
			while (hex.length() < 2 * bytes) {
				String chunk = this.chunks.poll(20, TimeUnit.SECONDS);
				if (chunk == null) {
					throw new AssertionError("Only " + hex.length() / 2 + " of " + bytes + " bytes within 20 s");
				}
				hex.append(chunk);
			}
			return hex.toString();
		}

	}

	/** A session without streams. */
	public record RawSession(Channel channel, Inbox inbox) implements MuxerSession {

		@Override
		public Future<StreamChildChannel> openStream(StreamAcceptor setup) {
			throw new UnsupportedOperationException();
		}

		@Override
		public int streams() {
			return 0;
		}

		@Override
		public Optional<Duration> roundTripTime() {
			return Optional.empty();
		}

		@Override
		public ChannelFuture close(long code) {
			return this.channel.close();
		}

	}

}

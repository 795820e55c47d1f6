package io.p2pboot.libp2p.transport;

import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.nio.channels.spi.SelectorProvider;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.p2pboot.libp2p.DialPort;
import org.jspecify.annotations.Nullable;

/**
 * Opens TCP sockets, set up alike for every transport that runs over TCP. The channels
 * have auto-read off: nothing is read before the handler that is given has taken over and
 * turns it on. Thread-safe; no method blocks.
 */
public final class TcpSockets {

	/**
	 * How many connections the kernel holds until they are accepted; it may cap this (on
	 * Linux at {@code net.core.somaxconn}, 4,096).
	 */
	static final int BACKLOG = 1024;

	/** Below this many queued bytes a channel is writable again. */
	static final int WRITE_LOW_BYTES = 256 * 1024;

	/** Above this many queued bytes a channel is not writable. */
	static final int WRITE_HIGH_BYTES = 512 * 1024;

	/** The largest buffer for one read. */
	static final int MAX_READ_BYTES = 256 * 1024;

	private static final int MIN_READ_BYTES = 512;

	private static final int FIRST_READ_BYTES = 2048;

	/** Linux: IPPROTO_IPV6 is 41, IPV6_V6ONLY is 26. */
	private static final ChannelOption<Integer> IPV6_ONLY = new IntegerUnixChannelOption("IPV6_V6ONLY", 41, 26);

	private final EventLoops eventLoops;

	private final ListeningPorts ports = new ListeningPorts();

	/**
	 * Creates the sockets of one transport.
	 * @param eventLoops the event loops and the channel classes that fit them
	 */
	public TcpSockets(EventLoops eventLoops) {
		this.eventLoops = eventLoops;
	}

	/**
	 * Listens. On epoll an IPv6 listener takes IPv6 only, so that an IPv4 one can have
	 * the same port; NIO cannot say so, and its listener on {@code ::} takes both.
	 * @param address the address; port 0 for any port
	 * @param accepted added to the pipeline of each accepted channel; sharable
	 * @return completes when the port is bound
	 */
	public ChannelFuture listen(InetSocketAddress address, ChannelHandler accepted) {
		ServerBootstrap bootstrap = new ServerBootstrap().group(this.eventLoops.group())
			.option(ChannelOption.SO_BACKLOG, BACKLOG)
			.option(ChannelOption.SO_REUSEADDR, true)
			.childOption(ChannelOption.AUTO_READ, false)
			.childOption(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
			.childOption(ChannelOption.RECVBUF_ALLOCATOR, readBuffers())
			.childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, waterMarks())
			.childOption(ChannelOption.TCP_NODELAY, true)
			.childOption(ChannelOption.SO_KEEPALIVE, true)
			.childHandler(accepted);
		boolean ip6 = address.getAddress() instanceof Inet6Address;
		bootstrap.channelFactory(serverFactory(ip6));
		if (ip6 && isEpoll()) {
			bootstrap.option(IPV6_ONLY, 1);
		}
		ChannelFuture bound = bootstrap.bind(address);
		bound.addListener((done) -> {
			if (done.isSuccess()) {
				// Behind what accepts, which is added when the channel is registered.
				bound.channel().pipeline().addFirst(new AcceptPace()).addLast(new ListenerFailures());
				if (isEpoll()) {
					this.ports.add(bound.channel());
				}
			}
		});
		return bound;
	}

	/**
	 * A socket of the address's own family: one of IPv6 that is bound to 0.0.0.0 is bound
	 * to :: and occupies the port there.
	 */
	private ChannelFactory<ServerSocketChannel> serverFactory(boolean ip6) {
		SocketProtocolFamily family = ip6 ? SocketProtocolFamily.INET6 : SocketProtocolFamily.INET;
		if (isEpoll()) {
			return () -> new EpollServerSocketChannel(family);
		}
		return () -> new NioServerSocketChannel(SelectorProvider.provider(), family);
	}

	/**
	 * Dials. On epoll the port of a listener that leads to the address is used where that
	 * is wanted; NIO cannot share a port.
	 * @param loop the event loop of the connection, of the group that was given
	 * @param address the address
	 * @param timeout the time until the connection has to stand
	 * @param port the local port
	 * @param handlers makes what is added to the pipeline before the socket connects;
	 * called again where the port has a connection with the address already, and another
	 * is taken
	 * @return completes when the connection stands, with whether it left from the port of
	 * a listener; before the channel tells its handlers that it is active
	 */
	public Future<Boolean> dial(EventLoop loop, InetSocketAddress address, Duration timeout, DialPort port,
			Supplier<ChannelHandler> handlers) {
		Promise<Boolean> result = loop.newPromise();
		try {
			loop.execute(() -> dial(dialling(loop, address, timeout), address, port, handlers, result));
		}
		catch (RejectedExecutionException ex) {
			result.tryFailure(ex);
		}
		return result;
	}

	private void dial(Bootstrap bootstrap, InetSocketAddress address, DialPort port, Supplier<ChannelHandler> handlers,
			Promise<Boolean> result) {
		Optional<InetSocketAddress> from = (port == DialPort.REUSE) ? this.ports.towards(address) : Optional.empty();
		if (from.isPresent()) {
			Bootstrap shared = bootstrap.clone()
				.option(ChannelOption.SO_REUSEADDR, true)
				.option(ListeningPorts.SO_REUSEPORT, 1);
			ChannelFuture connecting = connect(shared.handler(handlers.get()), address, from.get());
			if (!connecting.isDone() || connecting.isSuccess()) {
				tell(connecting, true, result);
				return;
			}
			// Failed before anything was sent: the port has a connection with the address
			// already, or has had one a moment ago.
		}
		tell(connect(bootstrap.handler(handlers.get()), address, null), false, result);
	}

	/** On the event loop, so that what the system refuses at once is known at once. */
	private static ChannelFuture connect(Bootstrap bootstrap, InetSocketAddress address,
			@Nullable InetSocketAddress from) {
		ChannelFuture registered = bootstrap.register();
		if (registered.cause() != null) {
			return registered;
		}
		Channel channel = registered.channel();
		return channel.connect(address, from).addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
	}

	private static void tell(ChannelFuture connecting, boolean shared, Promise<Boolean> result) {
		connecting.addListener((done) -> {
			if (done.isSuccess()) {
				result.trySuccess(shared);
			}
			else {
				result.tryFailure(done.cause());
			}
		});
	}

	private Bootstrap dialling(EventLoop loop, InetSocketAddress address, Duration timeout) {
		Bootstrap bootstrap = new Bootstrap().group(loop)
			.option(ChannelOption.CONNECT_TIMEOUT_MILLIS, Math.toIntExact(timeout.toMillis()))
			.option(ChannelOption.AUTO_READ, false)
			.option(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
			.option(ChannelOption.RECVBUF_ALLOCATOR, readBuffers())
			.option(ChannelOption.WRITE_BUFFER_WATER_MARK, waterMarks())
			.option(ChannelOption.TCP_NODELAY, true)
			.option(ChannelOption.SO_KEEPALIVE, true);
		if (!isEpoll()) {
			return bootstrap.channel(this.eventLoops.tcp());
		}
		boolean ip6 = address.getAddress() instanceof Inet6Address;
		if (ip6) {
			bootstrap.option(IPV6_ONLY, 1);
		}
		// Of the address's own family, as the listener is whose port it may share.
		SocketProtocolFamily family = ip6 ? SocketProtocolFamily.INET6 : SocketProtocolFamily.INET;
		return bootstrap.channelFactory(() -> new EpollSocketChannel(family));
	}

	/**
	 * Returns an event loop for a new connection.
	 * @return the next event loop
	 */
	public EventLoop nextLoop() {
		return this.eventLoops.group().next();
	}

	private boolean isEpoll() {
		return EpollServerSocketChannel.class.isAssignableFrom(this.eventLoops.tcpServer());
	}

	private static AdaptiveRecvByteBufAllocator readBuffers() {
		return new AdaptiveRecvByteBufAllocator(MIN_READ_BYTES, FIRST_READ_BYTES, MAX_READ_BYTES);
	}

	private static WriteBufferWaterMark waterMarks() {
		return new WriteBufferWaterMark(WRITE_LOW_BYTES, WRITE_HIGH_BYTES);
	}

}

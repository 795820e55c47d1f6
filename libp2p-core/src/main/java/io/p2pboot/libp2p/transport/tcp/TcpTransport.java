package io.p2pboot.libp2p.transport.tcp;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.Promise;
import io.p2pboot.libp2p.DialPort;
import io.p2pboot.libp2p.Role;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.transport.BoundListener;
import io.p2pboot.libp2p.transport.DialOptions;
import io.p2pboot.libp2p.transport.IpEndpoint;
import io.p2pboot.libp2p.transport.Listener;
import io.p2pboot.libp2p.transport.MuxedConnection;
import io.p2pboot.libp2p.transport.RawDial;
import io.p2pboot.libp2p.transport.SocketFailure;
import io.p2pboot.libp2p.transport.TcpSockets;
import io.p2pboot.libp2p.transport.Transport;
import io.p2pboot.libp2p.transport.TransportContext;
import org.jspecify.annotations.Nullable;

/**
 * Dials and listens on {@code /ip4/…/tcp/<port>} and {@code /ip6/…/tcp/<port>}, on epoll
 * or NIO as the node's event loops are. On epoll a dial leaves from the port of a
 * listener that leads to the peer, where there is one; on NIO from an ephemeral port.
 * Thread-safe.
 */
public final class TcpTransport implements Transport {

	/** The transport's label. */
	public static final String NAME = "tcp";

	/** The default TCP connect timeout; that of go-libp2p. */
	public static final Duration DEFAULT_CONNECT_TIMEOUT = Duration.ofSeconds(5);

	private final Duration connectTimeout;

	private final DialPort port;

	private volatile @Nullable Started started;

	private volatile boolean closed;

	private record Started(TransportContext context, TcpSockets sockets) {
	}

	/**
	 * Creates a transport with {@link #DEFAULT_CONNECT_TIMEOUT}.
	 */
	public TcpTransport() {
		this(DEFAULT_CONNECT_TIMEOUT);
	}

	/**
	 * Creates a transport whose dials leave from the port of a listener where they can.
	 * @param connectTimeout how long a TCP connection may take to stand, without the
	 * upgrade; 1 ms to {@link Integer#MAX_VALUE} ms
	 * @throws IllegalArgumentException if the timeout is out of range
	 */
	public TcpTransport(Duration connectTimeout) {
		this(connectTimeout, DialPort.REUSE);
	}

	/**
	 * Creates a transport.
	 * @param connectTimeout how long a TCP connection may take to stand, without the
	 * upgrade; 1 ms to {@link Integer#MAX_VALUE} ms
	 * @param port {@link DialPort#NEW} for ephemeral ports whatever a dial asks for
	 * @throws IllegalArgumentException if the timeout is out of range
	 */
	public TcpTransport(Duration connectTimeout, DialPort port) {
		if (connectTimeout.toMillis() < 1 || connectTimeout.toMillis() > Integer.MAX_VALUE) {
			throw new IllegalArgumentException(
					"connectTimeout " + connectTimeout + " is not within 1 ms and " + Integer.MAX_VALUE + " ms");
		}
		this.connectTimeout = connectTimeout;
		this.port = port;
	}

	@Override
	public String name() {
		return NAME;
	}

	@Override
	public boolean supports(Multiaddr address) {
		return endpoint(address).isPresent();
	}

	@Override
	public void start(TransportContext context) {
		this.started = new Started(context, new TcpSockets(context.eventLoops()));
	}

	/**
	 * {@inheritDoc}
	 * @throws IllegalArgumentException if the address is not supported
	 * @throws IllegalStateException if the transport is not started
	 */
	@Override
	public Future<Listener> listen(Multiaddr address) {
		InetSocketAddress socketAddress = required(address);
		Started parts = started();
		if (this.closed) {
			return ImmediateEventExecutor.INSTANCE.newFailedFuture(SocketFailure.listen(address, closedFailure()));
		}
		Promise<Listener> result = parts.sockets().nextLoop().newPromise();
		ChannelFuture bound = parts.sockets().listen(socketAddress, new InboundHandOver(parts.context().upgrader()));
		bound.addListener((done) -> {
			if (!done.isSuccess()) {
				result.tryFailure(SocketFailure.listen(address, done.cause()));
			}
			else if (!result.trySuccess(new BoundListener(bound.channel(), localAddress(bound.channel())))) {
				bound.channel().close();
			}
		});
		return result;
	}

	/**
	 * {@inheritDoc}
	 * @throws IllegalArgumentException if the address is not supported
	 * @throws IllegalStateException if the transport is not started
	 */
	@Override
	public Future<MuxedConnection> dial(Multiaddr address, DialOptions options) {
		InetSocketAddress socketAddress = required(address);
		Started parts = started();
		EventLoop loop = parts.sockets().nextLoop();
		RawDial dial = new RawDial(loop, address, options);
		if (this.closed) {
			dial.fail(closedFailure());
			return dial.future();
		}
		DialPort from = (this.port == DialPort.NEW) ? DialPort.NEW : options.port();
		dial(parts, dial, loop, socketAddress, from).addListener((Future<Boolean> stands) -> {
			if (stands.isSuccess() && stands.getNow() && options.role() == Role.INITIATOR) {
				dial.onFailedUpgrade(() -> dial(parts, dial, loop, socketAddress, DialPort.NEW));
			}
		});
		return dial.future();
	}

	private Future<Boolean> dial(Started parts, RawDial dial, EventLoop loop, InetSocketAddress address,
			DialPort from) {
		Future<Boolean> stands = parts.sockets()
			.dial(loop, address, this.connectTimeout, from,
					() -> new OutboundHandOver(parts.context().upgrader(), dial));
		return stands.addListener((done) -> {
			if (!done.isSuccess()) {
				dial.fail(done.cause());
			}
		});
	}

	@Override
	public Future<Void> close() {
		this.closed = true;
		return ImmediateEventExecutor.INSTANCE.newSucceededFuture(null);
	}

	/** Our end's address, of a listener or of a connection. */
	static Multiaddr localAddress(Channel channel) {
		return IpEndpoint.format((InetSocketAddress) channel.localAddress(), IpEndpoint.TCP, "");
	}

	private static Optional<IpEndpoint> endpoint(Multiaddr address) {
		return IpEndpoint.parse(address)
			.filter((endpoint) -> endpoint.layer().equals(IpEndpoint.TCP) && endpoint.above().isEmpty());
	}

	private static InetSocketAddress required(Multiaddr address) {
		return endpoint(address).map(IpEndpoint::socketAddress)
			.orElseThrow(() -> new IllegalArgumentException(address + " is not an address of the transport tcp"));
	}

	private Started started() {
		Started parts = this.started;
		if (parts == null) {
			throw new IllegalStateException("The transport tcp is not started");
		}
		return parts;
	}

	private static IOException closedFailure() {
		return new IOException("the transport tcp is closed");
	}

}

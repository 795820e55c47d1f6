package io.p2pboot.libp2p.transport.websocket;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.function.Supplier;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.Promise;
import io.p2pboot.libp2p.DialPort;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.security.TlsRecords;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Dials and listens on {@code /ws}, {@code /tls/ws}, {@code /tls/sni/<host>/ws} and
 * {@code /wss} over TCP. Only binary frames carry data; no compression and no subprotocol
 * is negotiated, any path and any Origin is served. Connections are labelled {@code ws},
 * or {@code wss} over TLS. Dials leave from ephemeral ports: where both ends dial at once
 * there is no server for the handshake. Thread-safe.
 */
public final class WebSocketTransport implements Transport {

	/** The transport's label. */
	public static final String NAME = "ws";

	/** The label of connections over TLS. */
	public static final String SECURE_NAME = "wss";

	private final WebSocketConfig config;

	private volatile @Nullable Started started;

	private volatile boolean closed;

	private record Started(TransportContext context, TcpSockets sockets) {
	}

	/**
	 * Creates a transport that has no certificate: it dials all addresses, and listens on
	 * those without TLS.
	 */
	public WebSocketTransport() {
		this(WebSocketConfig.builder().build());
	}

	/**
	 * Creates a transport.
	 * @param config timeouts, certificate and trust
	 */
	public WebSocketTransport(WebSocketConfig config) {
		this.config = config;
	}

	@Override
	public String name() {
		return NAME;
	}

	@Override
	public boolean supports(Multiaddr address) {
		return WebSocketAddress.parse(address).isPresent();
	}

	@Override
	public void start(TransportContext context) {
		this.started = new Started(context, new TcpSockets(context.eventLoops()));
	}

	/**
	 * {@inheritDoc}
	 * @throws IllegalArgumentException if the address is not supported
	 * @throws IllegalStateException if the transport is not started, or the address is
	 * over TLS and there is no certificate
	 */
	@Override
	public Future<Listener> listen(Multiaddr address) {
		WebSocketAddress wanted = required(address);
		Started parts = started();
		if (!wanted.dialled(address).equals(address)) {
			throw new IllegalArgumentException(address + " can be dialled, but not listened on");
		}
		if (wanted.secure() && this.config.serverTls().isEmpty()) {
			throw new IllegalStateException("Listening on " + address + " needs a certificate: "
					+ "give the WebSocket transport a TLS context for its server side");
		}
		if (this.closed) {
			return ImmediateEventExecutor.INSTANCE.newFailedFuture(SocketFailure.listen(address, closedFailure()));
		}
		Promise<Listener> result = parts.sockets().nextLoop().newPromise();
		ChannelFuture bound = parts.sockets()
			.listen(wanted.socketAddress(), new Accepted(parts.context(), this.config, wanted));
		bound.addListener((done) -> {
			if (!done.isSuccess()) {
				result.tryFailure(SocketFailure.listen(address, done.cause()));
				return;
			}
			InetSocketAddress at = (InetSocketAddress) bound.channel().localAddress();
			Multiaddr local = IpEndpoint.format(at, IpEndpoint.TCP, wanted.above());
			if (!result.trySuccess(new BoundListener(bound.channel(), local))) {
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
		WebSocketAddress target = required(address);
		Started parts = started();
		EventLoop loop = parts.sockets().nextLoop();
		RawDial dial = new RawDial(loop, target.dialled(address), options);
		if (this.closed) {
			dial.fail(closedFailure());
			return dial.future();
		}
		parts.sockets()
			.dial(loop, target.socketAddress(), this.config.connectTimeout(), DialPort.NEW,
					() -> new ClientHandshake(target, this.config, parts.context().upgrader(), dial))
			.addListener((done) -> {
				if (!done.isSuccess()) {
					dial.fail(done.cause());
				}
			});
		return dial.future();
	}

	@Override
	public Future<Void> close() {
		this.closed = true;
		return ImmediateEventExecutor.INSTANCE.newSucceededFuture(null);
	}

	/** The label of a connection. */
	static String label(boolean secure) {
		return secure ? SECURE_NAME : NAME;
	}

	private static WebSocketAddress required(Multiaddr address) {
		return WebSocketAddress.parse(address)
			.orElseThrow(() -> new IllegalArgumentException(address + " is not an address of the transport ws"));
	}

	private Started started() {
		Started parts = this.started;
		if (parts == null) {
			throw new IllegalStateException("The transport ws is not started");
		}
		return parts;
	}

	private static IOException closedFailure() {
		return new IOException("the transport ws is closed");
	}

	/** Sets up each accepted channel. */
	@Sharable
	private static final class Accepted extends ChannelInboundHandlerAdapter {

		private static final Logger LOGGER = LoggerFactory.getLogger(WebSocketTransport.class);

		private final TransportContext context;

		private final WebSocketConfig config;

		private final WebSocketAddress listening;

		Accepted(TransportContext context, WebSocketConfig config, WebSocketAddress listening) {
			this.context = context;
			this.config = config;
			this.listening = listening;
		}

		@Override
		public void channelActive(ChannelHandlerContext ctx) {
			Optional<Supplier<SslContext>> serverTls = this.config.serverTls();
			if (this.listening.secure() && serverTls.isPresent()) {
				SslHandler tls = serverTls.get().get().newHandler(ctx.alloc());
				tls.setHandshakeTimeoutMillis(this.config.handshakeTimeout().toMillis());
				ctx.pipeline().addLast(TlsRecords.bound(), tls);
			}
			ctx.pipeline().remove(this);
			new ServerHandshake(this.context, this.config.handshakeTimeout(), this.listening).begin(ctx.channel());
		}

		@Override
		public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
			LOGGER.warn("An accepted WebSocket could not be set up: {}", cause.toString());
			ctx.close();
		}

	}

}

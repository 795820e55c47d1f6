package io.p2pboot.libp2p.transport.quic;

import java.io.IOException;
import java.net.ConnectException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.Promise;
import io.p2pboot.libp2p.DialPort;
import io.p2pboot.libp2p.Role;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.netty.Futures;
import io.p2pboot.libp2p.transport.DialOptions;
import io.p2pboot.libp2p.transport.Listener;
import io.p2pboot.libp2p.transport.MuxedConnection;
import io.p2pboot.libp2p.transport.SocketFailure;
import io.p2pboot.libp2p.transport.SourceAddress;
import io.p2pboot.libp2p.transport.Transport;
import io.p2pboot.libp2p.transport.TransportContext;
import org.jspecify.annotations.Nullable;

/**
 * Dials and listens on {@code /ip4/…/udp/<port>/quic-v1} and
 * {@code /ip6/…/udp/<port>/quic-v1}. A dial leaves from the port of a listener that leads
 * to the peer, else from an ephemeral port that all such dials share. A dial as responder
 * opens the way for the peer, which dials at the same moment, and takes its connection:
 * it needs a listener. Needs the native library of
 * {@code io.netty:netty-codec-native-quic} for the platform. Thread-safe; no method
 * blocks.
 *
 * <p>
 * A listener and the connections that came through it share one UDP socket: after
 * {@link Listener#close} no connection is accepted any more, and the port is free when
 * the last of them has ended; until then it can be listened on again.
 */
public final class QuicTransport implements Transport {

	/** The transport's label. */
	public static final String NAME = "quic-v1";

	private static final InetAddress ANY_IP4 = any(4);

	private static final InetAddress ANY_IP6 = any(16);

	private final QuicConfig config;

	private final List<QuicPort> listening = new CopyOnWriteArrayList<>();

	/** By family; a socket for dials that no listener's port serves. */
	private final Map<Boolean, Ephemeral> ephemeral = new ConcurrentHashMap<>();

	private volatile QuicPort.@Nullable Parts started;

	private final QuicheAccess access;

	private volatile boolean closed;

	/**
	 * Creates a transport with {@link QuicConfig#DEFAULT}.
	 * @throws IllegalStateException if there is no native library for this platform; the
	 * message names the dependency to add
	 */
	public QuicTransport() {
		this(QuicConfig.DEFAULT);
	}

	/**
	 * Creates a transport.
	 * @param config how it is set up
	 * @throws IllegalStateException if there is no native library for this platform; the
	 * message names the dependency to add
	 */
	public QuicTransport(QuicConfig config) {
		QuicNatives.require();
		this.config = config;
		this.access = QuicheAccess.instance();
	}

	/** A transport with less of the codec, for tests. */
	QuicTransport(QuicConfig config, QuicheAccess access) {
		this.config = config;
		this.access = access;
	}

	/**
	 * Returns whether the native library could be loaded.
	 * @return whether a {@link QuicTransport} can be created here
	 */
	public static boolean isAvailable() {
		return QuicNatives.areAvailable();
	}

	@Override
	public String name() {
		return NAME;
	}

	@Override
	public boolean carriesDatagrams() {
		return this.config.carriesDatagrams() && DatagramQueue.with(this.access).isPresent();
	}

	@Override
	public boolean supports(Multiaddr address) {
		return QuicAddress.parse(address).isPresent();
	}

	@Override
	public void start(TransportContext context) {
		this.started = new QuicPort.Parts(context, this.config, this.access,
				QuicTls.create(context.identity(), context.clock()),
				new UdpSockets(context.eventLoops(), this.config.socketBufferBytes()));
	}

	/**
	 * {@inheritDoc}
	 * @throws IllegalArgumentException if the address is not supported
	 * @throws IllegalStateException if the transport is not started
	 */
	@Override
	public Future<Listener> listen(Multiaddr address) {
		InetSocketAddress wanted = required(address);
		QuicPort.Parts parts = started();
		if (this.closed) {
			return ImmediateEventExecutor.INSTANCE.newFailedFuture(SocketFailure.listen(address, closedFailure()));
		}
		Optional<QuicPort> draining = this.listening.stream()
			.filter((port) -> port.isOpen() && !port.isAccepting() && port.boundAddress().equals(wanted))
			.findFirst();
		if (draining.isEmpty()) {
			return bind(address, wanted, parts);
		}
		Promise<Listener> result = draining.get().loop().newPromise();
		Future<Boolean> again = draining.get().acceptAgain();
		again.addListener((done) -> {
			if (again.getNow()) {
				result.trySuccess(new QuicListener(draining.get()));
			}
			else {
				bind(address, wanted, parts).addListener((Future<Listener> bound) -> copy(bound, result));
			}
		});
		return result;
	}

	private static void copy(Future<Listener> from, Promise<Listener> to) {
		if (!from.isSuccess()) {
			to.tryFailure(from.cause());
		}
		else if (!to.trySuccess(from.getNow())) {
			from.getNow().close();
		}
	}

	private Future<Listener> bind(Multiaddr address, InetSocketAddress wanted, QuicPort.Parts parts) {
		EventLoop loop = parts.sockets().nextLoop();
		Promise<Listener> result = loop.newPromise();
		Future<QuicPort> bound = QuicPort.bind(parts, loop, wanted, true);
		bound.addListener((done) -> {
			if (!done.isSuccess()) {
				result.tryFailure(SocketFailure.listen(address, done.cause()));
				return;
			}
			QuicPort port = bound.getNow();
			this.listening.add(port);
			port.closed().addListener((closed) -> this.listening.remove(port));
			if (this.closed || !result.trySuccess(new QuicListener(port))) {
				port.close();
				result.tryFailure(SocketFailure.listen(address, closedFailure()));
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
		InetSocketAddress remote = required(address);
		QuicPort.Parts parts = started();
		Optional<InetAddress> source = SourceAddress.towards(remote);
		boolean shares = options.port() == DialPort.REUSE || options.role() == Role.RESPONDER;
		Optional<QuicPort> listener = shares ? source.flatMap(this::listenerWith) : Optional.empty();
		if (this.closed || source.isEmpty()) {
			QuicDial dial = new QuicDial(parts.sockets().nextLoop(), address, options);
			dial.fail(this.closed ? closedFailure() : new NoRouteToHostException("no route leads there"));
			return dial.future();
		}
		if (listener.isPresent()) {
			QuicSocket from = listener.get().next();
			QuicDial dial = new QuicDial(from.loop(), address, options);
			from.dial(dial, remote);
			return dial.future();
		}
		if (options.role() == Role.RESPONDER) {
			QuicDial dial = new QuicDial(parts.sockets().nextLoop(), address, options);
			dial.fail(new ConnectException("the peer would dial this node, and no listener leads there"));
			return dial.future();
		}
		Ephemeral socket = ephemeral(parts, remote.getAddress() instanceof Inet6Address);
		QuicDial dial = new QuicDial(socket.loop(), address, options);
		socket.bound().addListener((done) -> {
			if (done.isSuccess()) {
				socket.bound().getNow().next().dial(dial, remote);
			}
			else {
				dial.fail(done.cause());
			}
		});
		return dial.future();
	}

	/**
	 * Finds a listener whose packets to the peer bear the address that it is bound to.
	 */
	private Optional<QuicPort> listenerWith(InetAddress source) {
		return this.listening.stream().filter((port) -> port.isOpen() && port.isAccepting()).filter((port) -> {
			InetAddress bound = port.boundAddress().getAddress();
			boolean sameFamily = bound.getClass() == source.getClass();
			return sameFamily && (bound.isAnyLocalAddress() || bound.equals(source));
		}).findFirst();
	}

	private Ephemeral ephemeral(QuicPort.Parts parts, boolean ip6) {
		return this.ephemeral.compute(ip6, (family, before) -> {
			if (before != null && before.isUsable()) {
				return before;
			}
			EventLoop loop = parts.sockets().nextLoop();
			InetSocketAddress any = new InetSocketAddress(ip6 ? ANY_IP6 : ANY_IP4, 0);
			return new Ephemeral(loop, QuicPort.bind(parts, loop, any, false));
		});
	}

	@Override
	public Future<Void> close() {
		this.closed = true;
		List<Future<Void>> closing = new ArrayList<>();
		this.listening.forEach((port) -> closing.add(port.close()));
		this.ephemeral.values().forEach((socket) -> closing.add(socket.close()));
		this.ephemeral.clear();
		return Futures.allEnded(closing);
	}

	private static InetSocketAddress required(Multiaddr address) {
		return QuicAddress.parse(address)
			.orElseThrow(() -> new IllegalArgumentException(address + " is not an address of the transport quic-v1"));
	}

	private QuicPort.Parts started() {
		QuicPort.Parts parts = this.started;
		if (parts == null) {
			throw new IllegalStateException("The transport quic-v1 is not started");
		}
		return parts;
	}

	private static IOException closedFailure() {
		return new IOException("the transport quic-v1 is closed");
	}

	private static InetAddress any(int bytes) {
		try {
			return InetAddress.getByAddress(new byte[bytes]);
		}
		catch (UnknownHostException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * A socket for dials only, known before it is bound.
	 */
	private record Ephemeral(EventLoop loop, Future<QuicPort> bound) {

		boolean isUsable() {
			return !this.bound.isDone() || this.bound.isSuccess() && this.bound.getNow().isOpen();
		}

		Future<Void> close() {
			Promise<Void> result = this.loop.newPromise();
			this.bound.addListener((done) -> {
				if (!done.isSuccess()) {
					result.trySuccess(null);
					return;
				}
				this.bound.getNow().close().addListener((closed) -> result.trySuccess(null));
			});
			return result;
		}

	}

	/** The accepting side of a socket. */
	private static final class QuicListener implements Listener {

		private final QuicPort port;

		private final Multiaddr address;

		private final Future<Void> released;

		private final AtomicBoolean stopped = new AtomicBoolean();

		QuicListener(QuicPort port) {
			this.port = port;
			this.address = QuicAddress.format(port.boundAddress());
			this.released = port.released();
		}

		@Override
		public Multiaddr address() {
			return this.address;
		}

		@Override
		public boolean isOpen() {
			return this.port.isOpen();
		}

		@Override
		public void onChange(Runnable task) {
			this.released.addListener((ended) -> task.run());
		}

		@Override
		public boolean sharesSocket() {
			return true;
		}

		@Override
		public Future<Void> close() {
			if (this.stopped.compareAndSet(false, true)) {
				this.port.stopAccepting();
			}
			return this.released;
		}

	}

}

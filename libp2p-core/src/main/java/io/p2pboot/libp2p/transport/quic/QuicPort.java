package io.p2pboot.libp2p.transport.quic;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.Promise;
import io.p2pboot.libp2p.netty.Futures;
import io.p2pboot.libp2p.transport.TransportContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One UDP port with all QUIC connections on it, served by one socket or, where the system
 * can share a port, by several, each on an event loop of its own. Its state is that of
 * the first socket's event loop; the methods can be called on any thread, and none
 * blocks.
 */
final class QuicPort {

	private static final Logger logger = LoggerFactory.getLogger(QuicPort.class);

	/**
	 * What all sockets of a port have in common.
	 *
	 * @param context the node
	 * @param config how QUIC is set up
	 * @param access what is reached of the codec
	 * @param tls the handshakes
	 * @param sockets opens sockets
	 */
	record Parts(TransportContext context, QuicConfig config, QuicheAccess access, QuicTls tls, UdpSockets sockets) {
	}

	private final Parts parts;

	private final EventLoop loop;

	private final boolean serves;

	private final Siblings siblings;

	private final List<QuicSocket> sockets = new CopyOnWriteArrayList<>();

	private final AtomicInteger connections = new AtomicInteger();

	private final AtomicInteger turn = new AtomicInteger();

	private final Promise<Void> closed;

	private volatile boolean accepting;

	private volatile Promise<Void> released;

	private QuicPort(Parts parts, EventLoop loop, boolean serves, int sockets) {
		this.parts = parts;
		this.loop = loop;
		this.serves = serves;
		this.siblings = new Siblings(sockets);
		this.closed = loop.newPromise();
		this.released = loop.newPromise();
		this.accepting = serves;
	}

	/**
	 * Binds a port.
	 * @param loop the event loop of the first socket
	 * @param serves whether it accepts connections; then there are as many sockets as the
	 * configuration says, if the system can share a port
	 */
	static Future<QuicPort> bind(Parts parts, EventLoop loop, InetSocketAddress address, boolean serves) {
		List<EventLoop> others = serves ? parts.sockets().sharing(loop, parts.config().eventLoops()) : List.of();
		QuicPort port = new QuicPort(parts, loop, serves, 1 + others.size());
		Promise<QuicPort> result = loop.newPromise();
		Future<QuicSocket> first = QuicSocket.bind(port, loop, address, 0);
		first.addListener((done) -> {
			if (!done.isSuccess()) {
				result.tryFailure(done.cause());
				return;
			}
			port.add(first.getNow());
			port.share(others.iterator(), result);
		});
		return result;
	}

	private void share(Iterator<EventLoop> others, Promise<QuicPort> result) {
		if (!others.hasNext() || result.isDone()) {
			if (!result.trySuccess(this)) {
				close();
			}
			return;
		}
		Future<QuicSocket> next = QuicSocket.bind(this, others.next(), boundAddress(), this.sockets.size());
		next.addListener((done) -> {
			if (done.isSuccess()) {
				add(next.getNow());
				share(others, result);
				return;
			}
			logger.warn("The port {} is served by {} event loops only: {}", boundAddress().getPort(),
					this.sockets.size(), done.cause().getMessage());
			result.trySuccess(this);
		});
	}

	private void add(QuicSocket socket) {
		this.siblings.add(socket.router());
		this.sockets.add(socket);
		if (this.siblings.areSeveral()) {
			this.parts.sockets().share(socket.channel());
		}
		socket.channel().closeFuture().addListener((done) -> {
			if (this.sockets.stream().noneMatch(QuicSocket::isOpen)) {
				this.closed.trySuccess(null);
			}
		});
	}

	// What the sockets ask.

	Parts parts() {
		return this.parts;
	}

	Siblings siblings() {
		return this.siblings;
	}

	boolean serves() {
		return this.serves;
	}

	void connectionOpened() {
		this.connections.incrementAndGet();
	}

	void connectionEnded() {
		if (this.connections.decrementAndGet() == 0) {
			run(this::closeIfIdle);
		}
	}

	private void run(Runnable task) {
		if (this.loop.inEventLoop()) {
			task.run();
		}
		else {
			Futures.execute(this.loop, task);
		}
	}

	// What the transport asks.

	/** Returns the socket for the next dial. */
	QuicSocket next() {
		List<QuicSocket> all = this.sockets;
		return all.get(Math.floorMod(this.turn.getAndIncrement(), all.size()));
	}

	EventLoop loop() {
		return this.loop;
	}

	InetSocketAddress boundAddress() {
		return this.sockets.get(0).boundAddress();
	}

	boolean isOpen() {
		return this.sockets.stream().allMatch(QuicSocket::isOpen);
	}

	boolean isAccepting() {
		return this.accepting;
	}

	/** Completes when all sockets are closed. */
	Future<Void> closed() {
		return this.closed;
	}

	/** Completes when the port is free, or is listened on again. */
	Future<Void> released() {
		return this.released;
	}

	/**
	 * Stops accepting; the port is freed when its last connection has ended.
	 */
	void stopAccepting() {
		this.accepting = false;
		this.loop.execute(this::closeIfIdle);
	}

	/**
	 * Accepts again, on a port that only waits for its last connections to end.
	 * @return {@code false} if it is too late
	 */
	Future<Boolean> acceptAgain() {
		Promise<Boolean> result = this.loop.newPromise();
		this.loop.execute(() -> {
			boolean possible = isOpen() && !this.accepting && this.serves;
			if (possible) {
				Promise<Void> before = this.released;
				this.released = this.loop.newPromise();
				this.accepting = true;
				before.trySuccess(null);
			}
			result.trySuccess(possible);
		});
		return result;
	}

	private void closeIfIdle() {
		if (this.serves && !this.accepting && this.connections.get() == 0) {
			close();
		}
	}

	/** Ends all connections and frees the port. */
	Future<Void> close() {
		Promise<Void> result = ImmediateEventExecutor.INSTANCE.newPromise();
		this.loop.execute(() -> {
			this.accepting = false;
			List<Future<Void>> closing = new ArrayList<>();
			for (QuicSocket socket : this.sockets) {
				closing.add(socket.close());
			}
			// Each on its own loop, of which this one may be the first to go.
			Futures.allEnded(closing).addListener((done) -> {
				this.released.trySuccess(null);
				result.trySuccess(null);
			});
		});
		return result;
	}

}

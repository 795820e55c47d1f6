package io.p2pboot.libp2p.kad;

import java.io.IOException;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import io.netty.util.concurrent.DefaultEventExecutor;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.internal.ThreadExecutorMap;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.ConnectionLost;
import io.p2pboot.libp2p.ConnectionListener;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.eventlog.EventLog;
import io.p2pboot.libp2p.multiformats.AddressScope;
import io.p2pboot.libp2p.netty.Futures;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.netty.PeerStreamLimit;
import io.p2pboot.libp2p.netty.StreamChannel;
import org.slf4j.LoggerFactory;

/**
 * An instance on a node: its event loop, its inbound streams and its mode. Thread-safe.
 */
final class KadInstance {

	/** How long closing waits for what is to be written. */
	private static final long CLOSE_MILLIS = 10_000;

	private final NettyNode node;

	private final KadConfig config;

	private final EventExecutor loop;

	private final NettyKadNetwork network;

	private final KadEngine engine;

	private final Random random = new Random();

	private final PeerStreamLimit inboundLimit = new PeerStreamLimit(KadLimits.MAX_INBOUND_STREAMS_PER_PEER);

	private final Set<StreamChannel> inbound = ConcurrentHashMap.newKeySet();

	private final EventLog log = new EventLog(LoggerFactory.getLogger(Kademlia.class));

	private final ModeSwitch modes;

	private final Node.Subscription subscription;

	private final Node.Subscription localChanges;

	private volatile boolean closed;

	KadInstance(NettyNode node, KadConfig config, KadObserver observer) {
		this.node = node;
		this.config = config;
		this.loop = new DefaultEventExecutor(new DefaultThreadFactory("libp2p-kad", true));
		this.network = new NettyKadNetwork(node, this.loop, config.path());
		this.engine = new KadEngine(node.peerId(), config, this.network, node.clock(), this.random);
		this.engine.counters().observe(observer);
		FileKadStore store = config.store();
		if (store != null) {
			store.use(this.loop, this.engine.state());
		}
		this.modes = new ModeSwitch(node, config.mode(), this.loop.ticker()::nanoTime, this::serve, this.log);
		this.localChanges = node.onLocalChange(() -> Futures.execute(this.loop, this::nodeChanged));
		this.subscription = node.addConnectionListener(new ConnectionListener() {

			@Override
			public void connected(Connection connection) {
				KadInstance.this.modes.connected(connection);
			}

			@Override
			public void protocolsChanged(Connection connection, Set<ProtocolPath> added, Set<ProtocolPath> removed) {
				if (added.contains(config.path()) || removed.contains(config.path())) {
					known(connection.remotePeer());
				}
			}

		});
	}

	void start() {
		this.modes.evaluate();
		this.loop.execute(() -> this.engine.running(this.node.isRunning()));
		this.node.connections().stream().map(Connection::remotePeer).distinct().forEach(this::known);
		this.loop.scheduleAtFixedRate(this::nodeChanged, ModeSwitch.INTERVAL.toNanos(), ModeSwitch.INTERVAL.toNanos(),
				TimeUnit.NANOSECONDS);
	}

	/** The node may have started, stopped, or been given other addresses. */
	private void nodeChanged() {
		if (this.closed) {
			return;
		}
		this.engine.running(this.node.isRunning());
		try {
			this.modes.evaluate();
		}
		catch (IllegalStateException | IllegalArgumentException ex) {
			this.log.warn("kad.serve", "Nobody is answered on {}: {}", this.config.path(), ex.getMessage());
		}
	}

	private void known(PeerId peer) {
		Set<ProtocolPath> served = this.node.peerStore().protocols(peer);
		onLoop((running) -> {
			if (served.contains(this.config.path())) {
				running.serves(peer);
			}
			else if (!served.isEmpty()) {
				running.servesNoMore(peer);
			}
		}, (cause) -> this.log.debug("kad.closed", "{} is not looked at: {}", peer, cause));
	}

	// Serving.

	private void serve(boolean serving) {
		if (serving) {
			this.node.mountStreams(this.config.path(), this::accept);
		}
		else {
			this.node.unmountProtocol(this.config.path());
			this.inbound.forEach((stream) -> stream.reset(InboundHandler.REFUSED));
		}
	}

	private void accept(StreamChannel stream) {
		if (!this.inboundLimit.admit(stream)) {
			return;
		}
		this.inbound.add(stream);
		stream.closeFuture().addListener((closing) -> this.inbound.remove(stream));
		stream.pipeline().addLast(new InboundHandler(stream, this::respond));
	}

	private void respond(StreamChannel stream, KadMessage request, int bytes, InboundHandler.Reply reply) {
		PeerId requester = stream.connection().remotePeer();
		Inbound inbound = new Inbound(requester, AddressScope.of(stream.connection().remoteAddress()),
				request.from(requester), this.network.nanoTime(), reply);
		onLoop((running) -> {
			running.counters().inboundBytes(request.type(), bytes);
			respond(inbound);
		}, (cause) -> reply.refuse(new IOException(cause)));
	}

	/** A request of a peer, and when it was read. */
	private record Inbound(PeerId requester, AddressScope distance, KadMessage request, long readNanos,
			InboundHandler.Reply reply) {
	}

	private void respond(Inbound inbound) {
		KadMessage request = inbound.request();
		long delay = this.engine.delayNanos(inbound.requester(), request.type());
		if (delay > 0) {
			this.loop.schedule(() -> respond(inbound), delay, TimeUnit.NANOSECONDS);
			return;
		}
		try {
			inbound.reply().answer(this.engine.answer(inbound.requester(), inbound.distance(), request));
			this.engine.counters().inboundServed(request.type(), this.network.nanoTime() - inbound.readNanos());
		}
		catch (RequestRefused ex) {
			this.log.debug("kad.refused", "A request of {} was refused: {}", inbound.requester(), ex.getMessage());
			this.engine.counters().inboundRefused(request.type());
			inbound.reply().refuse(ex);
		}
		catch (RuntimeException ex) {
			this.log.warn("kad.failed", "A request could not be answered: {}", ex);
			this.engine.counters().inboundRefused(request.type());
			inbound.reply().refuse(new IOException(ex));
		}
	}

	boolean isServer() {
		return this.modes.isServer();
	}

	void mode(Kademlia.Mode mode) {
		this.modes.mode(mode);
	}

	// What callers need.

	EventExecutor loop() {
		return this.loop;
	}

	Random random() {
		return this.random;
	}

	<T> BlockingSearch<T> search() {
		return new BlockingSearch<>(this.loop, () -> checkThread("search"));
	}

	/** Runs something with the engine, on the event loop. */
	void onLoop(Consumer<KadEngine> task, Consumer<Throwable> refused) {
		if (this.closed) {
			refused.accept(new IllegalStateException("The Kademlia instance is closed"));
			return;
		}
		try {
			this.loop.execute(() -> task.accept(this.engine));
		}
		catch (RejectedExecutionException ex) {
			refused.accept(new IllegalStateException("The Kademlia instance is closed", ex));
		}
	}

	/** Where a user's thread waits. */
	<T> T await(Future<T> future, String call) throws IOException {
		checkThread(call);
		try {
			return Futures.await(future, call);
		}
		catch (ConnectionLost ex) {
			if (this.closed && future.isCancelled()) {
				throw this.engine.closedFailure();
			}
			if (future.cause() instanceof IllegalStateException illegal) {
				throw illegal;
			}
			throw ex;
		}
	}

	private static void checkThread(String call) {
		if (ThreadExecutorMap.currentExecutor() != null) {
			throw new IllegalStateException("A blocking " + call + " was called on an event loop");
		}
	}

	void close() {
		this.closed = true;
		this.subscription.close();
		this.localChanges.close();
		this.modes.close();
		FileKadStore store = this.config.store();
		Futures.execute(this.loop, () -> {
			this.engine.close();
			this.network.close();
			if (store != null) {
				store.end(this::endLoop);
			}
			else {
				endLoop();
			}
		});
		if (store != null && ThreadExecutorMap.currentExecutor() == null) {
			Futures.awaitEnd(this.loop.terminationFuture(), CLOSE_MILLIS);
			store.close();
		}
	}

	private void endLoop() {
		this.loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
	}

}

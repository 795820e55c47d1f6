package io.p2pboot.libp2p.protocol.identify;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.ScheduledFuture;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.StreamProtocol;
import io.p2pboot.libp2p.eventlog.EventLog;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.netty.StreamChannel;
import io.p2pboot.libp2p.netty.StreamInitializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Both roles of identify and identify push on one node: asks the peer of every connection
 * who it is, answers those that ask us, and tells them when our protocols or addresses
 * change. What peers say goes into the node's peer store. Thread-safe; no method blocks.
 */
public final class Identify {

	/** The protocol by which a peer is asked. */
	public static final ProtocolPath PATH = ProtocolPath.of("/ipfs/id/1.0.0");

	/** The protocol by which a peer is told of a change. */
	public static final ProtocolPath PUSH_PATH = ProtocolPath.of("/ipfs/id/push/1.0.0");

	/** How long one exchange may take, from opening its stream to its end. */
	public static final Duration TIMEOUT = Duration.ofSeconds(5);

	/** How often we look for changes that nobody tells of, such as new interfaces. */
	private static final Duration POLL = Duration.ofSeconds(5);

	private static final Duration RENEWAL = PeerUpdate.ADDRESS_TIME_TO_LIVE.dividedBy(2);

	private final NettyNode node;

	private final EventExecutor executor;

	private final EventLog log = new EventLog(LoggerFactory.getLogger(Identify.class));

	private final LocalInfo local;

	private final PeerUpdate update;

	private final Map<Connection, IdentifiedConnection> connections = new ConcurrentHashMap<>();

	private final Pushes pushes;

	private final List<ScheduledFuture<?>> repeating;

	/**
	 * Creates both roles. The node calls {@link #mount} once, and {@link #connected} for
	 * every connection.
	 * @param node the node
	 * @param executor runs timers; an event loop
	 */
	public Identify(NettyNode node, EventExecutor executor) {
		this.node = node;
		this.executor = executor;
		this.local = new LocalInfo(node);
		this.update = new PeerUpdate(node, this.log);
		this.pushes = new Pushes(executor, this.local::current, this.connections.values(), this::push);
		this.repeating = List.of(repeat(this::renew, RENEWAL), repeat(this.pushes::poll, POLL));
	}

	private ScheduledFuture<?> repeat(Runnable task, Duration period) {
		return this.executor.scheduleAtFixedRate(task, period.toNanos(), period.toNanos(), TimeUnit.NANOSECONDS);
	}

	/** Serves both protocols. */
	public void mount() {
		StreamInitializer answering = this::answer;
		StreamInitializer receiving = this::receivePush;
		this.node.mountStreams(PATH, answering);
		this.node.mountStreams(PUSH_PATH, receiving);
	}

	/**
	 * Asks the peer of a new connection who it is. {@link NettyNode#identified} is called
	 * once it has answered.
	 * @param connection the connection
	 */
	public void connected(Connection connection) {
		IdentifiedConnection state = state(connection);
		long deadlineNanos = nanoTime() + TIMEOUT.toNanos();
		IdentifyReader.Listener answer = new IdentifyReader.Listener() {

			@Override
			public void received(IdentifyInfo info) {
				identified(state, info);
			}

			@Override
			public void failed(IOException cause) {
				notIdentified(state, cause);
			}

		};
		Future<StreamChannel> opening = this.node.openStream(connection, List.of(PATH),
				(stream) -> stream.channel()
					.pipeline()
					.addLast(new IdentifyReader(stream, Duration.ofNanos(deadlineNanos - nanoTime()), answer)));
		limit(opening);
		opening.addListener((done) -> {
			if (!done.isSuccess()) {
				notIdentified(state, done.cause());
			}
		});
	}

	/**
	 * Forgets a connection that has ended. Its peer's entry in the store stays.
	 * @param connection the connection
	 */
	public void disconnected(Connection connection) {
		this.connections.remove(connection);
	}

	/**
	 * Tells that our protocols or addresses may have changed: connected peers that
	 * support it are told.
	 */
	public void changed() {
		this.pushes.changed();
	}

	/** Ends what runs by itself. Idempotent. */
	public void close() {
		this.pushes.close();
		this.repeating.forEach((task) -> task.cancel(false));
	}

	private long nanoTime() {
		return this.executor.ticker().nanoTime();
	}

	private IdentifiedConnection state(Connection connection) {
		return this.connections.computeIfAbsent(connection, IdentifiedConnection::new);
	}

	/** The state for an inbound stream, which may come before or without the event. */
	private IdentifiedConnection state(StreamChannel stream) {
		IdentifiedConnection state = state(stream.connection());
		if (state.tie()) {
			stream.channel().parent().closeFuture().addListener((closed) -> disconnected(stream.connection()));
		}
		return state;
	}

	private void limit(Future<StreamChannel> opening) {
		ScheduledFuture<?> timer = this.executor.schedule(() -> opening.cancel(false), TIMEOUT.toNanos(),
				TimeUnit.NANOSECONDS);
		opening.addListener((done) -> timer.cancel(false));
	}

	private void identified(IdentifiedConnection state, IdentifyInfo info) {
		Connection connection = state.connection();
		received(connection, info, false);
		boolean supportsPush = info.protocols().contains(PUSH_PATH);
		state.supportsPush(supportsPush);
		finishAsking(state);
		this.node.observer().identified(connection, supportsPush);
		if (this.connections.containsKey(connection)) {
			this.node.identified(connection);
			LocalSnapshot latest = this.local.latest();
			if (latest != null && state.isBehind(latest)) {
				this.pushes.behind(state);
			}
		}
	}

	private void notIdentified(IdentifiedConnection state, @Nullable Throwable cause) {
		this.log.debug("identify.failed", "{} was not identified: {}", state.connection(), cause);
		finishAsking(state);
	}

	private void finishAsking(IdentifiedConnection state) {
		IdentifyInfo held = state.asked();
		if (held != null) {
			received(state.connection(), held, true);
		}
	}

	private void received(Connection connection, IdentifyInfo info, boolean push) {
		this.update.apply(connection, info, push);
		this.node.observer().identify(Direction.INBOUND, push, info.protocols().size(), info.addresses().size());
	}

	// What peers ask of us.

	private void answer(StreamChannel stream) {
		IdentifiedConnection state = state(stream);
		if (!state.beginAnswer()) {
			stream.reset(StreamProtocol.REFUSED);
			return;
		}
		stream.channel().closeFuture().addListener((closed) -> state.endAnswer());
		LocalSnapshot snapshot = this.local.current();
		state.sent(snapshot);
		send(stream, snapshot, TIMEOUT, false);
	}

	private void send(StreamChannel stream, LocalSnapshot snapshot, Duration timeout, boolean push) {
		Connection connection = stream.connection();
		List<Multiaddr> addresses = snapshot.addressesFor(connection);
		stream.channel()
			.pipeline()
			.addLast(new IdentifyWriter(stream, timeout, snapshot.messagesFor(connection, addresses)));
		this.node.observer().identify(Direction.OUTBOUND, push, snapshot.protocols().size(), addresses.size());
	}

	// Pushes.

	private void receivePush(StreamChannel stream) {
		IdentifiedConnection state = state(stream);
		if (!state.mayPush(nanoTime())) {
			this.log.debug("identify.push", "{} pushes too often", stream.connection());
			stream.reset(StreamProtocol.REFUSED);
			return;
		}
		stream.channel().pipeline().addLast(new IdentifyReader(stream, TIMEOUT, new IdentifyReader.Listener() {

			@Override
			public void received(IdentifyInfo info) {
				if (!info.protocols().isEmpty()) {
					state.supportsPush(info.protocols().contains(PUSH_PATH));
				}
				if (!state.hold(info)) {
					Identify.this.received(state.connection(), info, true);
				}
			}

			@Override
			public void failed(IOException cause) {
				Identify.this.log.debug("identify.push", "A push of {} failed: {}", state.connection(), cause);
			}

		}));
	}

	private void push(IdentifiedConnection to, LocalSnapshot snapshot, Promise<Void> over) {
		long deadlineNanos = nanoTime() + TIMEOUT.toNanos();
		Future<StreamChannel> opening = this.node.openStream(to.connection(), List.of(PUSH_PATH), (stream) -> {
			stream.channel().closeFuture().addListener((closed) -> over.trySuccess(null));
			send(stream, snapshot, Duration.ofNanos(deadlineNanos - nanoTime()), true);
		});
		limit(opening);
		opening.addListener((done) -> {
			if (!done.isSuccess()) {
				over.trySuccess(null);
			}
		});
	}

	private void renew() {
		this.connections.keySet().forEach((connection) -> this.update.renew(connection.remotePeer()));
	}

}

package io.p2pboot.libp2p.protocol.identify;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.ScheduledFuture;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.ConnectionListener;
import io.p2pboot.libp2p.ConnectionLost;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.ErrorCode;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.eventlog.EventLog;
import io.p2pboot.libp2p.netty.MessageChannel;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.netty.StreamChannel;
import io.p2pboot.libp2p.netty.StreamInitializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * What a node says and hears while it runs. Thread-safe; no method blocks.
 */
final class IdentifyExchanges implements ConnectionListener {

	/** How often we look for changes that nobody tells of, such as new interfaces. */
	private static final Duration POLL = Duration.ofSeconds(5);

	private static final Duration RENEWAL = PeerUpdate.ADDRESS_TIME_TO_LIVE.dividedBy(2);

	private final NettyNode node;

	private final EventExecutor executor;

	private final EventLog log = new EventLog(LoggerFactory.getLogger(Identify.class));

	private final LocalInfo local;

	private final PeerUpdate update;

	private final Map<Connection, IdentifiedConnection> connections = new ConcurrentHashMap<>();

	private final PushAllowances allowances = new PushAllowances();

	private final AskAgain askAgain;

	private final Pushes pushes;

	private final List<ScheduledFuture<?>> repeating = new ArrayList<>();

	private final List<Node.Subscription> subscriptions = new ArrayList<>();

	IdentifyExchanges(NettyNode node, LocalInfo local) {
		this.node = node;
		this.executor = node.scheduler();
		this.local = local;
		this.update = new PeerUpdate(node, this.log);
		this.askAgain = new AskAgain(this.executor, (state) -> this.connections.containsKey(state.connection()),
				(state) -> isAllowed(state.connection()), this::askAgain);
		this.pushes = new Pushes(this.executor, this.local::protocols, this.local::current, this.connections.values(),
				this::push);
	}

	/** Serves both protocols, and begins to ask and to tell. */
	void start() {
		StreamInitializer answering = this::answer;
		StreamInitializer receiving = this::receivePush;
		this.node.mountStreams(Identify.PATH, answering);
		this.node.mountStreams(Identify.PUSH_PATH, receiving);
		this.subscriptions.add(this.node.addEventLoopListener(this));
		this.subscriptions.add(this.node.onLocalChange(this.pushes::changed));
		this.repeating.add(repeat(this::renew, RENEWAL));
		this.repeating.add(repeat(this.pushes::poll, POLL));
	}

	/** Ends what runs by itself. */
	void stop() {
		this.pushes.close();
		this.subscriptions.forEach(Node.Subscription::close);
		this.repeating.forEach((task) -> task.cancel(false));
	}

	private ScheduledFuture<?> repeat(Runnable task, Duration period) {
		return this.executor.scheduleAtFixedRate(task, period.toNanos(), period.toNanos(), TimeUnit.NANOSECONDS);
	}

	/** Asks the peer of a new connection who it is. */
	@Override
	public void connected(Connection connection) {
		IdentifiedConnection state = state(connection);
		ask(state, new IdentifyReader.Listener() {

			@Override
			public void received(IdentifyInfo info) {
				identified(state, info);
			}

			@Override
			public void failed(IOException cause) {
				notIdentified(state, cause);
			}

		});
	}

	private void askAgain(IdentifiedConnection state) {
		state.asking();
		ask(state, new IdentifyReader.Listener() {

			@Override
			public void received(IdentifyInfo info) {
				IdentifyInfo held = state.asked();
				state.supportsPush(info.protocols().contains(Identify.PUSH_PATH));
				IdentifyExchanges.this.received(state.connection(), info, false);
				tellProtocols(state, info);
				takeHeld(state, held);
			}

			@Override
			public void failed(IOException cause) {
				notIdentified(state, cause);
			}

		});
	}

	private void ask(IdentifiedConnection state, IdentifyReader.Listener listener) {
		long deadlineNanos = nanoTime() + Identify.TIMEOUT.toNanos();
		Future<StreamChannel> opening = this.node.openStream(state.connection(), List.of(Identify.PATH),
				(stream) -> read(stream, Duration.ofNanos(deadlineNanos - nanoTime()), listener));
		limit(opening);
		opening.addListener((done) -> {
			if (!done.isSuccess()) {
				listener.failed((done.cause() instanceof IOException io) ? io : new IOException(done.cause()));
			}
		});
	}

	private static void read(StreamChannel stream, Duration timeout, IdentifyReader.Listener listener) {
		MessageChannel.open(stream, IdentifySession.MAX_MESSAGE_BYTES, new IdentifyReader(listener)).deadline(timeout);
	}

	/** Forgets a connection that has ended. Its peer's entry in the store stays. */
	@Override
	public void disconnected(Connection connection) {
		IdentifiedConnection ended = this.connections.remove(connection);
		// Most were identified: a cause for nobody would cost its stack trace.
		if (ended != null && !ended.identified().isDone()) {
			ended.failed(gone(connection, connection.endCause()));
		}
	}

	/** When the peer of a connection has told who it is. Any thread. */
	Future<Void> result(Connection connection) {
		// It may be in use before its beginning is told here.
		IdentifiedConnection known = connection.isOpen() ? state(connection) : this.connections.get(connection);
		if (known == null) {
			return ImmediateEventExecutor.INSTANCE.newFailedFuture(gone(connection, connection.endCause()));
		}
		if (!connection.isOpen()) {
			// Its end may have been told before.
			disconnected(connection);
		}
		return known.identified();
	}

	private static ConnectionLost gone(Connection connection, Optional<IOException> cause) {
		String text = "The connection to " + connection.remotePeer() + " ended before the peer was identified";
		return cause.map((known) -> new ConnectionLost(text, known)).orElseGet(() -> new ConnectionLost(text));
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
			stream.parent().closeFuture().addListener((closed) -> disconnected(stream.connection()));
		}
		return state;
	}

	private void limit(Future<StreamChannel> opening) {
		ScheduledFuture<?> timer = this.executor.schedule(() -> opening.cancel(false), Identify.TIMEOUT.toNanos(),
				TimeUnit.NANOSECONDS);
		opening.addListener((done) -> timer.cancel(false));
	}

	private void identified(IdentifiedConnection state, IdentifyInfo info) {
		Connection connection = state.connection();
		received(connection, info, false);
		boolean supportsPush = info.protocols().contains(Identify.PUSH_PATH);
		state.supportsPush(supportsPush);
		IdentifyInfo held = state.asked();
		this.node.observer().identified(connection, supportsPush);
		if (this.connections.containsKey(connection)) {
			this.node.identified(connection);
			state.succeeded();
			LocalSnapshot latest = this.local.latest();
			if (latest != null && state.isBehind(latest)) {
				this.pushes.behind(state);
			}
		}
		tellProtocols(state, info);
		takeHeld(state, held);
	}

	private void tellProtocols(IdentifiedConnection state, IdentifyInfo info) {
		state.protocols(info.protocols(), (added, removed) -> {
			if (this.connections.containsKey(state.connection())) {
				this.node.protocolsChanged(state.connection(), added, removed);
			}
		});
	}

	private void notIdentified(IdentifiedConnection state, IOException cause) {
		this.log.debug("identify.failed", "{} was not identified: {}", state.connection(), cause);
		state.failed((cause != null) ? cause : new SocketTimeoutException("No identify message came in time"));
		takeHeld(state, state.asked());
	}

	private void takeHeld(IdentifiedConnection state, @Nullable IdentifyInfo held) {
		if (held != null) {
			receivedPush(state, held);
		}
	}

	private void receivedPush(IdentifiedConnection state, IdentifyInfo info) {
		received(state.connection(), info, true);
		if (!info.protocols().isEmpty()) {
			tellProtocols(state, info);
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
			stream.reset(ErrorCode.RESOURCE_LIMIT_EXCEEDED.stream());
			return;
		}
		stream.closeFuture().addListener((closed) -> state.endAnswer());
		LocalSnapshot snapshot = this.local.current();
		state.sent(snapshot);
		send(stream, snapshot, Identify.TIMEOUT, false);
	}

	private void send(StreamChannel stream, LocalSnapshot snapshot, Duration timeout, boolean push) {
		Connection connection = stream.connection();
		List<Multiaddr> addresses = snapshot.addressesFor(connection);
		IdentifyWriter.send(stream, timeout, snapshot.messagesFor(connection, addresses));
		this.node.observer().identify(Direction.OUTBOUND, push, snapshot.protocols().size(), addresses.size());
	}

	// Pushes.

	private void receivePush(StreamChannel stream) {
		IdentifiedConnection state = state(stream);
		if (!isAllowed(stream.connection())) {
			this.log.debug("identify.push", "{} pushes too often", stream.connection());
			this.askAgain.refused(state);
			stream.reset(ErrorCode.RATE_LIMITED.stream());
			return;
		}
		read(stream, Identify.TIMEOUT, new IdentifyReader.Listener() {

			@Override
			public void received(IdentifyInfo info) {
				if (!info.protocols().isEmpty()) {
					state.supportsPush(info.protocols().contains(Identify.PUSH_PATH));
				}
				if (!state.hold(info)) {
					receivedPush(state, info);
				}
			}

			@Override
			public void failed(IOException cause) {
				IdentifyExchanges.this.log.debug("identify.push", "A push of {} failed: {}", state.connection(), cause);
			}

		});
	}

	private boolean isAllowed(Connection connection) {
		return this.allowances.take(connection.remotePeer(), nanoTime());
	}

	private void push(IdentifiedConnection to, LocalSnapshot snapshot, Promise<Void> over) {
		long deadlineNanos = nanoTime() + Identify.TIMEOUT.toNanos();
		Future<StreamChannel> opening = this.node.openStream(to.connection(), List.of(Identify.PUSH_PATH), (stream) -> {
			stream.closeFuture().addListener((closed) -> over.trySuccess(null));
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

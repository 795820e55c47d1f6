package io.p2pboot.libp2p.protocol.datagram;

import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.Promise;
import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.ConnectionListener;
import io.p2pboot.libp2p.Datagram;
import io.p2pboot.libp2p.DatagramFlow;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.NodeObserver.DatagramDrop;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.ProtocolUnsupported;
import io.p2pboot.libp2p.eventlog.EventLog;
import io.p2pboot.libp2p.netty.NativeDatagrams;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.netty.NodeService;
import io.p2pboot.libp2p.netty.StreamChannel;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * The datagram flows of a node: one for a peer and a path, whoever opened it, used in
 * both directions and opened anew when it or its connection has ended. Flows that the
 * peer opens beside it are read as well. A connection that carries datagrams itself does
 * so where the peer knows how; then its flows take over. Thread-safe; no method blocks.
 */
public final class DatagramService implements NodeService {

	/** The largest datagram on a stream, unless raised, in bytes. */
	public static final int DEFAULT_MAX_BYTES = 1200;

	/** How far that may be raised, in bytes: what no UDP datagram exceeds. */
	public static final int LARGEST_MAX_BYTES = 65_535;

	/**
	 * The protocol of the streams that control native flows. A node lists it when one of
	 * its transports carries datagrams.
	 */
	public static final ProtocolPath CONTROL = NativeConnection.CONTROL;

	/** How long a new flow waits for room for a datagram of the usual size. */
	private static final long ROOM_NANOS = TimeUnit.SECONDS.toNanos(1);

	/** How often it looks. */
	private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

	private record Key(PeerId peer, ProtocolPath path) {
	}

	private final EventLog log = new EventLog(LoggerFactory.getLogger(DatagramService.class));

	private final NettyNode node;

	private volatile Node.@Nullable Subscription subscription;

	private final int maxMessageBytes;

	private final Map<ProtocolPath, Consumer<Datagram>> receivers = new ConcurrentHashMap<>();

	/** Flows that we opened, are opening, or that the peer has refused since. */
	private final Map<Key, Promise<DatagramFlow>> outbound = new ConcurrentHashMap<>();

	/** The last flow that the peer opened. */
	private final Map<Key, DatagramFlow> inbound = new ConcurrentHashMap<>();

	private final Set<DatagramFlow> flows = ConcurrentHashMap.newKeySet();

	private final Map<Connection, NativeConnection> natives = new ConcurrentHashMap<>();

	/**
	 * Creates the service of a node.
	 * @param node the node
	 * @param maxMessageBytes the largest datagram on a stream, both ways, 1 to
	 * {@value #LARGEST_MAX_BYTES} bytes
	 */
	public DatagramService(NettyNode node, int maxMessageBytes) {
		this.node = node;
		this.maxMessageBytes = maxMessageBytes;
	}

	/** Takes part in the node's connections: native datagrams are taken from now on. */
	@Override
	public void start(NettyNode node) {
		this.subscription = node.addConnectionListener(new ConnectionListener() {

			@Override
			public void connected(Connection connection) {
				preferNative(connection);
			}

			@Override
			public void disconnected(Connection connection) {
				forgetRefusals(connection.remotePeer());
			}

		});
		if (node.takeDatagrams(this::attach)) {
			node.mountStreams(CONTROL, this::acceptControl);
		}
	}

	@Override
	public void stop() {
		Node.Subscription present = this.subscription;
		if (present != null) {
			present.close();
		}
	}

	/**
	 * Takes the datagrams of a connection that carries them itself. Called on its event
	 * loop, before any of them is read.
	 * @param connection the connection
	 * @param datagrams its datagrams
	 */
	void attach(Connection connection, NativeDatagrams datagrams) {
		NativeConnection taken = new NativeConnection(this, connection, datagrams);
		this.natives.put(connection, taken);
		datagrams.channel().closeFuture().addListener((closed) -> this.natives.remove(connection));
		datagrams.receiver(taken);
	}

	/** Flows over streams give way: the next datagram opens a native one. */
	private void preferNative(Connection connection) {
		if (!this.natives.containsKey(connection)) {
			return;
		}
		for (DatagramFlow flow : this.flows) {
			if (flow.connection().remotePeer().equals(connection.remotePeer())
					&& !this.natives.containsKey(flow.connection())) {
				this.inbound.remove(key(flow), flow);
				if (isOurs(flow)) {
					flow.finish();
				}
			}
		}
	}

	void proposed(NativeFlow flow) {
		this.flows.add(flow);
	}

	private boolean isOurs(DatagramFlow flow) {
		Promise<DatagramFlow> ours = this.outbound.get(key(flow));
		return ours != null && ours.isSuccess() && ours.getNow() == flow;
	}

	// Receiving.

	/**
	 * Sets up a control stream that a peer opened.
	 * @param stream the stream
	 */
	void acceptControl(StreamChannel stream) {
		NativeConnection owner = this.natives.get(stream.connection());
		if (owner == null) {
			stream.reset(NativeFlow.REFUSED);
			return;
		}
		stream.pipeline().addLast(new ControlStream(owner, stream));
	}

	boolean isServed(ProtocolPath path) {
		return this.receivers.containsKey(path);
	}

	void accepted(NativeFlow flow) {
		this.flows.add(flow);
		this.inbound.put(key(flow), flow);
	}

	/**
	 * Sets up a stream that a peer opened for a path of datagrams.
	 * @param stream the stream
	 */
	public void accept(StreamChannel stream) {
		MessageFlow flow = messageFlow(stream);
		this.inbound.put(key(flow), flow);
	}

	/**
	 * Begins to deliver the datagrams of a path.
	 * @param path the path
	 * @param receiver takes each datagram on an event loop, so it must not block
	 */
	public void serve(ProtocolPath path, Consumer<Datagram> receiver) {
		this.receivers.put(path, receiver);
	}

	private MessageFlow messageFlow(StreamChannel stream) {
		MessageFlow flow = new MessageFlow(this, stream, this.maxMessageBytes);
		this.flows.add(flow);
		flow.attach();
		return flow;
	}

	/**
	 * Ends the delivery for a path, and every flow of it.
	 * @param path the path
	 */
	public void unserve(ProtocolPath path) {
		if (this.receivers.remove(path) != null) {
			this.flows.stream().filter((flow) -> flow.protocol().equals(path)).forEach(DatagramFlow::finish);
		}
	}

	void received(DatagramFlow flow, ByteBuffer payload) {
		Consumer<Datagram> receiver = this.receivers.get(flow.protocol());
		if (receiver == null) {
			unknown(flow.protocol());
			return;
		}
		Connection connection = flow.connection();
		this.node.observer().datagram(flow.protocol(), Direction.INBOUND);
		receiver.accept(new Datagram(payload,
				new AddrInfo(connection.remotePeer(), List.of(connection.remoteAddress())), flow));
	}

	// Sending.

	/**
	 * Returns the flow that is open to a peer.
	 * @param peer the peer
	 * @param path the protocol
	 * @return the flow; empty if none is open
	 */
	public Optional<DatagramFlow> flow(PeerId peer, ProtocolPath path) {
		Key key = new Key(peer, path);
		Promise<DatagramFlow> ours = this.outbound.get(key);
		if (ours != null && ours.isSuccess() && ours.getNow().isOpen()) {
			return Optional.of(ours.getNow());
		}
		return Optional.ofNullable(this.inbound.get(key)).filter(DatagramFlow::isOpen);
	}

	/**
	 * Returns the largest payload that fits to a peer now.
	 * @param peer the peer
	 * @param path the protocol
	 * @return the size, in bytes; empty while not connected
	 */
	public OptionalInt maxBytes(PeerId peer, ProtocolPath path) {
		Optional<DatagramFlow> open = flow(peer, path);
		if (open.isPresent()) {
			return OptionalInt.of(open.get().maxBytes());
		}
		Optional<Connection> connection = this.node.connection(peer);
		if (connection.isEmpty()) {
			return OptionalInt.empty();
		}
		NativeConnection taken = this.natives.get(connection.get());
		return OptionalInt.of((taken != null && taken.isUsable(path)) ? taken.maxBytes() - StreamIds.MAX_BYTES
				: this.maxMessageBytes);
	}

	/**
	 * Opens a flow, or joins whoever is opening it. A refusal that came after an
	 * optimistic opening is told once here.
	 * @param connection the connection
	 * @param path the protocol
	 * @return the flow; fails with a {@link io.p2pboot.libp2p.Libp2pException}
	 */
	public Future<DatagramFlow> open(Connection connection, ProtocolPath path) {
		Key key = new Key(connection.remotePeer(), path);
		Promise<DatagramFlow> created = ImmediateEventExecutor.INSTANCE.newPromise();
		Promise<DatagramFlow> shared = this.outbound.compute(key,
				(same, present) -> (present != null && !isOver(present)) ? present : created);
		if (shared == created) {
			open(connection, key, created);
		}
		else if (shared.isDone() && !shared.isSuccess()) {
			this.outbound.remove(key, shared);
		}
		Promise<DatagramFlow> waiter = ImmediateEventExecutor.INSTANCE.newPromise();
		shared.addListener((done) -> {
			if (done.isSuccess()) {
				waiter.trySuccess(shared.getNow());
			}
			else {
				waiter.tryFailure(done.cause());
			}
		});
		return waiter;
	}

	private static boolean isOver(Promise<DatagramFlow> opened) {
		return opened.isSuccess() && !opened.getNow().isOpen();
	}

	private void open(Connection connection, Key key, Promise<DatagramFlow> result) {
		result.addListener((done) -> {
			if (!done.isSuccess()) {
				this.outbound.remove(key, result);
			}
		});
		NativeConnection taken = this.natives.get(connection);
		Set<ProtocolPath> told = this.node.peerStore().protocols(key.peer());
		boolean listed = told.isEmpty() || told.contains(key.path());
		if (taken != null && taken.isUsable(key.path()) && (listed || told.contains(CONTROL))) {
			openNative(taken, connection, key.path(), listed, result);
		}
		else {
			openMessages(connection, key.path(), result);
		}
	}

	/**
	 * Nothing answers a control stream but a reset, and datagrams are lost until it
	 * comes. A peer need not list the protocols of datagrams; where it has not, a round
	 * trip shows whether it refuses.
	 */
	private void openNative(NativeConnection taken, Connection connection, ProtocolPath path, boolean listed,
			Promise<DatagramFlow> result) {
		this.node.openStream(connection, List.of(CONTROL), (stream) -> {
			NativeFlow flow = taken.propose(stream, path);
			if (listed) {
				awaitRoom(flow, now(stream) + ROOM_NANOS, result);
			}
			else {
				this.node.pingAsync(connection, 1).addListener((done) -> settle(flow, connection, path, result));
			}
		}).addListener((done) -> {
			if (done.cause() instanceof ProtocolUnsupported) {
				taken.refused(CONTROL);
				openMessages(connection, path, result);
			}
			else if (!done.isSuccess()) {
				result.tryFailure(done.cause());
			}
		});
	}

	private void settle(NativeFlow flow, Connection connection, ProtocolPath path, Promise<DatagramFlow> result) {
		if (flow.isOpen()) {
			awaitRoom(flow, now(flow.control()) + ROOM_NANOS, result);
		}
		else {
			openMessages(connection, path, result);
		}
	}

	/**
	 * A new connection sends small packets until it has found out what the path takes,
	 * which takes some round trips where it takes what most paths do. A datagram of the
	 * usual size would be refused until then. Event loop only.
	 */
	private void awaitRoom(NativeFlow flow, long deadlineNanos, Promise<DatagramFlow> result) {
		StreamChannel control = flow.control();
		if (!flow.mayGrowTo(DEFAULT_MAX_BYTES) || !flow.isOpen() || now(control) - deadlineNanos >= 0) {
			result.trySuccess(flow);
			return;
		}
		control.eventLoop().schedule(() -> awaitRoom(flow, deadlineNanos, result), LOOK_NANOS, TimeUnit.NANOSECONDS);
	}

	private static long now(StreamChannel stream) {
		return stream.eventLoop().ticker().nanoTime();
	}

	private void openMessages(Connection connection, ProtocolPath path, Promise<DatagramFlow> result) {
		this.node.openStream(connection, List.of(path), (stream) -> {
			// An end that comes at once has to find the flow.
			result.trySuccess(messageFlow(stream));
		}).addListener((done) -> {
			if (!done.isSuccess()) {
				result.tryFailure(done.cause());
			}
		});
	}

	// What the flows tell.

	private static Key key(DatagramFlow flow) {
		return new Key(flow.connection().remotePeer(), flow.protocol());
	}

	/** A flow is not to be used any more. */
	void ending(DatagramFlow flow) {
		Key key = key(flow);
		this.inbound.remove(key, flow);
		Promise<DatagramFlow> ours = this.outbound.get(key);
		if (ours != null && ours.isSuccess() && ours.getNow() == flow) {
			this.outbound.remove(key, ours);
		}
	}

	void ended(DatagramFlow flow, @Nullable Throwable cause) {
		if (!this.flows.remove(flow)) {
			return;
		}
		if (cause instanceof ProtocolUnsupported refusal) {
			refused(flow, refusal);
		}
		ending(flow);
	}

	/** The peer was thought to serve a protocol: the next caller is to know better. */
	private void refused(DatagramFlow flow, ProtocolUnsupported refusal) {
		PeerId peer = flow.connection().remotePeer();
		Set<ProtocolPath> known = new HashSet<>(this.node.peerStore().protocols(peer));
		if (known.removeAll(refusal.proposed())) {
			this.node.peerStore().protocols(peer, known);
		}
		NativeConnection taken = this.natives.get(flow.connection());
		if (flow instanceof NativeFlow && taken != null) {
			// A stream of the path itself will tell whether it is served at all.
			refusal.proposed().forEach(taken::refused);
			return;
		}
		Promise<DatagramFlow> failed = ImmediateEventExecutor.INSTANCE.newPromise();
		failed.setFailure(refusal);
		this.outbound.computeIfPresent(key(flow),
				(key, present) -> (present.isSuccess() && present.getNow() == flow) ? failed : present);
	}

	private void forgetRefusals(PeerId peer) {
		this.outbound.entrySet()
			.removeIf((entry) -> entry.getKey().peer().equals(peer) && entry.getValue().isDone()
					&& !entry.getValue().isSuccess());
	}

	void unknown(ProtocolPath path) {
		this.node.observer().datagramDropped(path, Direction.INBOUND, DatagramDrop.UNKNOWN_FLOW);
	}

	/** Datagrams came too often. */
	void refused(DatagramFlow flow, int datagrams) {
		this.log.warn("datagrams.flood", "{} short datagrams of {} from {} are dropped: they come too often", datagrams,
				flow.protocol(), flow.connection().remotePeer());
		for (int i = 0; i < datagrams; i++) {
			this.node.observer().datagramDropped(flow.protocol(), Direction.INBOUND, DatagramDrop.RECEIVE_QUEUE_FULL);
		}
	}

	void sent(DatagramFlow flow, int datagrams) {
		for (int i = 0; i < datagrams; i++) {
			this.node.observer().datagram(flow.protocol(), Direction.OUTBOUND);
		}
	}

	void dropped(DatagramFlow flow, DatagramDrop reason, int datagrams) {
		for (int i = 0; i < datagrams; i++) {
			this.node.observer().datagramDropped(flow.protocol(), Direction.OUTBOUND, reason);
		}
	}

}

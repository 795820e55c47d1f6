package io.p2pboot.libp2p.pubsub.gossip;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.util.concurrent.EventExecutor;
import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.StreamProtocol;
import io.p2pboot.libp2p.eventlog.EventLog;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.netty.StreamChannel;
import io.p2pboot.libp2p.pubsub.PubSubConfig;
import io.p2pboot.libp2p.pubsub.PubSubObserver;
import org.jspecify.annotations.Nullable;

/**
 * The streams with peers: one outbound and one inbound for each. When the outbound one is
 * lost it is opened again, up to three times on a connection; the inbound one is never
 * reset while it is the peer's only one. Router's thread only, unless a method says
 * otherwise.
 */
final class PeerStreams {

	/** How many bytes are handed to a stream before it has written any. */
	private static final int MAX_WRITING = 256 * 1024;

	private static final long FIRST_DELAY_MILLIS = 100;

	/** For how long a peer may take nothing before it is given up. */
	private static final long STALLED_NANOS = TimeUnit.SECONDS.toNanos(30);

	/** Each how often the addresses of connections are looked at. */
	private static final long ADDRESSES_NANOS = TimeUnit.MINUTES.toNanos(1);

	/** For how long a peer may be without a stream to this node, once it had one. */
	private static final long SILENT_SECONDS = 30;

	private final NettyNode node;

	private final PubSubConfig config;

	private final PubSubObserver observer;

	private final EventExecutor executor;

	private final Routing routing;

	private final EventLog log;

	private final Map<PeerId, PeerLink> links = new HashMap<>();

	/** The event loops of connections. Any thread. */
	private final Set<EventExecutor> loops = ConcurrentHashMap.newKeySet();

	private final Redials redials = new Redials();

	private final PeerChecks checks;

	private long addressesAt;

	private boolean closed;

	PeerStreams(NettyNode node, PubSubConfig config, EventExecutor executor, Routing routing, EventLog log) {
		this.node = node;
		this.config = config;
		this.observer = config.observer();
		this.executor = executor;
		this.routing = routing;
		this.log = log;
		this.checks = new PeerChecks(config.limits().checkingMessagesPeer(), config.limits().checkingBytesPeer());
		this.addressesAt = executor.ticker().nanoTime();
	}

	/** What the streams feed, and what feeds them. */
	interface Routing {

		/** Gives the router an event. */
		void on(RouterEvent event);

		/** Takes the next frame for a peer. */
		@Nullable OutFrame poll(PeerId peer);

	}

	/** Runs something on the router's thread. Any thread. */
	private void later(Runnable task) {
		try {
			this.executor.execute(task);
		}
		catch (RejectedExecutionException ex) {
			this.log.debug("pubsub.closed", "After the end: {}", ex.getMessage());
		}
	}

	private long now() {
		return this.executor.ticker().nanoTime();
	}

	/** Whether the current thread is an event loop of a connection. Any thread. */
	boolean inEventLoop() {
		return this.loops.stream().anyMatch(EventExecutor::inEventLoop);
	}

	private PeerLink link(Connection connection, ProtocolPath protocol) {
		PeerId peer = connection.remotePeer();
		PeerLink known = this.links.get(peer);
		if (known != null) {
			return known;
		}
		PeerLink link = new PeerLink(peer);
		this.links.put(peer, link);
		this.routing.on(new RouterEvent.PeerAdded(peer, protocol, connection.direction() == Direction.OUTBOUND,
				address(connection)));
		return link;
	}

	private static Optional<InetAddress> address(Connection connection) {
		return connection.remoteAddress().ipSocketAddress().map(InetSocketAddress::getAddress);
	}

	/** Peers come and go by several connections, and QUIC lets them move. */
	private void lookAtAddresses() {
		Map<PeerId, Set<InetAddress>> addresses = new HashMap<>();
		for (Connection connection : this.node.connections()) {
			address(connection)
				.ifPresent((address) -> addresses.computeIfAbsent(connection.remotePeer(), (key) -> new HashSet<>())
					.add(address));
		}
		this.links.keySet()
			.forEach(
					(peer) -> this.routing.on(new RouterEvent.Addresses(peer, addresses.getOrDefault(peer, Set.of()))));
	}

	// Outbound.

	/** A peer serves one of our protocols. */
	void identified(Connection connection) {
		Set<ProtocolPath> served = this.node.peerStore().protocols(connection.remotePeer());
		List<ProtocolPath> common = this.config.protocols().stream().filter(served::contains).toList();
		if (!common.isEmpty()) {
			open(connection, common);
		}
	}

	private void open(Connection connection, List<ProtocolPath> protocols) {
		if (this.closed || !connection.isOpen()) {
			return;
		}
		PeerLink link = link(connection, protocols.get(0));
		if (!link.beginOpening(connection)) {
			return;
		}
		this.node.openStream(connection, protocols, (stream) -> {
			this.loops.add(stream.eventLoop());
			OutboundHandler handler = new OutboundHandler(() -> later(() -> drain(link.peer())),
					(unsupported) -> later(() -> outboundEnded(link, stream, unsupported)));
			stream.pipeline().addLast(handler);
		}).addListener((opening) -> later(() -> {
			link.endOpening();
			if (opening.isSuccess()) {
				opened(link, (StreamChannel) opening.getNow());
			}
			else {
				this.log.debug("pubsub.open", "No stream to {}: {}", link.peer(), opening.cause());
				reopen(link, connection, protocols);
			}
		}));
	}

	private void opened(PeerLink link, StreamChannel stream) {
		if (this.closed || this.links.get(link.peer()) != link) {
			stream.close();
			return;
		}
		link.outbound(stream);
		this.routing.on(new RouterEvent.OutboundOpened(link.peer(), stream.protocol()));
		drain(link.peer());
		if (!stream.isActive()) {
			outboundEnded(link, stream, false);
		}
	}

	private void outboundEnded(PeerLink link, StreamChannel stream, boolean unsupported) {
		if (link.outbound() != stream) {
			return;
		}
		link.outbound(null);
		this.routing.on(new RouterEvent.OutboundLost(link.peer()));
		if (unsupported) {
			// It has stopped; once it serves the protocol again, identify tells.
			this.log.debug("pubsub.unsupported", "{} serves {} no more", link.peer(), stream.protocol());
			return;
		}
		reopen(link, stream.connection(), List.of(stream.protocol()));
	}

	/** At once the first time, then later and later. */
	private void reopen(PeerLink link, Connection connection, List<ProtocolPath> protocols) {
		Connection best = this.node.connection(link.peer()).orElse(connection);
		if (this.closed || !best.isOpen() || this.links.get(link.peer()) != link) {
			return;
		}
		if (link.isExhausted(best)) {
			if (link.isStreamed()) {
				startAfresh(link.peer(), "it has ended every stream to it");
			}
			return;
		}
		long delay = (link.opened() <= 1) ? 0 : FIRST_DELAY_MILLIS << (3 * (link.opened() - 2));
		this.executor.schedule(() -> open(best, protocols), delay, TimeUnit.MILLISECONDS);
	}

	/** Writes what waits for a peer, as far as its stream takes it. */
	void drain(PeerId peer) {
		PeerLink link = this.links.get(peer);
		StreamChannel stream = (link != null) ? link.outbound() : null;
		if (link == null || stream == null) {
			return;
		}
		Channel channel = stream;
		boolean written = false;
		while (channel.isWritable() && link.writing() < MAX_WRITING) {
			OutFrame frame = this.routing.poll(peer);
			if (frame == null) {
				break;
			}
			write(link, stream, frame);
			written = true;
		}
		if (written) {
			channel.flush();
		}
	}

	private void write(PeerLink link, StreamChannel stream, OutFrame frame) {
		link.write(frame.bytes(), now());
		this.observer.sent(link.peer(), frame.bytes());
		stream.write(buffer(frame)).addListener((done) -> later(() -> {
			if (link.outbound() == stream) {
				link.written(frame.bytes(), now());
				drain(link.peer());
			}
		}));
	}

	private static ByteBuf buffer(OutFrame frame) {
		List<ByteBuffer> parts = frame.parts();
		return (parts.size() == 1) ? Unpooled.wrappedBuffer(parts.get(0))
				: Unpooled.wrappedBuffer(parts.size(), parts.toArray(ByteBuffer[]::new));
	}

	// Inbound.

	/** Sets up a stream that a peer opens. Event loop. */
	void accept(StreamChannel stream) {
		this.loops.add(stream.eventLoop());
		InboundStream inbound = new InboundStream(stream, this.config.limits().checkingBytesPeer());
		stream.pipeline().addLast(new FrameReader(this.config.limits().maxMessageBytes(), listener(inbound)));
		later(() -> accepted(inbound));
	}

	private void accepted(InboundStream inbound) {
		StreamChannel stream = inbound.stream();
		if (this.closed) {
			stream.reset(StreamProtocol.REFUSED);
			return;
		}
		if (!this.links.containsKey(stream.connection().remotePeer()) && isGone(stream.connection())) {
			// Its connection has ended in the meantime, and nobody would tell of it
			// again.
			return;
		}
		PeerLink link = link(stream.connection(), stream.protocol());
		if (!link.countInbound(now())) {
			disconnect(link.peer(), "it opens streams all the time");
			return;
		}
		InboundStream before = link.inbound();
		link.inbound(inbound);
		if (before != null) {
			before.stream().reset(StreamProtocol.REFUSED);
		}
		if (link.outbound() != null) {
			this.routing.on(new RouterEvent.InboundReopened(link.peer()));
		}
		open(stream.connection(), List.of(stream.protocol()));
		if (!stream.isActive()) {
			inboundEnded(inbound);
		}
	}

	/** What an inbound stream brings. Event loop. */
	private FrameReader.Listener listener(InboundStream inbound) {
		PeerId peer = inbound.stream().connection().remotePeer();
		return new FrameReader.Listener() {

			@Override
			public void frame(byte[] frame) {
				inbound.arrived(frame);
				later(() -> {
					inbound.add(frame);
					read(peer);
				});
			}

			@Override
			public void skipped(long length) {
				PeerStreams.this.log.debug("pubsub.long", "A frame of {} bytes of {} is longer than {} and was skipped",
						length, inbound.stream().connection(), PeerStreams.this.config.limits().maxMessageBytes());
				later(() -> PeerStreams.this.routing.on(new RouterEvent.FrameSkipped(peer, length)));
			}

			@Override
			public void violated(String what) {
				later(() -> disconnect(peer, what));
			}

			@Override
			public void ended() {
				later(() -> inboundEnded(inbound));
			}

		};
	}

	/** Reads what has come of a peer, unless too much of it is being checked. */
	private void read(PeerId peer) {
		PeerLink link = this.links.get(peer);
		InboundStream inbound = (link != null) ? link.inbound() : null;
		while (link != null && inbound != null && this.checks.isRead(peer)) {
			byte[] frame = inbound.next();
			if (frame == null) {
				if (inbound.hasEnded()) {
					inboundEnded(inbound);
				}
				return;
			}
			this.routing.on(new RouterEvent.Frame(peer, frame));
			inbound = link.inbound();
		}
	}

	private void inboundEnded(InboundStream inbound) {
		PeerLink link = this.links.get(inbound.stream().connection().remotePeer());
		if (link == null || link.inbound() != inbound) {
			return;
		}
		if (inbound.isWaiting()) {
			// What it has sent before is read first: many publish and leave.
			inbound.end();
			return;
		}
		link.inbound(null);
		if (isGone(inbound.stream().connection())) {
			forget(link.peer());
		}
		else if (!this.closed) {
			this.executor.schedule(() -> endSilent(link), SILENT_SECONDS, TimeUnit.SECONDS);
		}
	}

	/** JavaScript never opens a second stream: only a new connection brings it back. */
	private void endSilent(PeerLink link) {
		if (!this.closed && this.links.get(link.peer()) == link && link.inbound() == null && link.outbound() != null) {
			startAfresh(link.peer(), "it has ended its stream and opened none");
		}
	}

	/** Only a new connection brings a peer's streams back. */
	private void startAfresh(PeerId peer, String reason) {
		boolean dialled = this.node.connection(peer)
			.filter((connection) -> connection.direction() == Direction.OUTBOUND)
			.isPresent();
		disconnect(peer, reason);
		if (dialled && this.redials.take(peer, now())) {
			this.node.connectAsync(AddrInfo.of(peer));
		}
	}

	// Peers.

	/** Messages of a peer are being checked. */
	void held(PeerId peer, int bytes) {
		this.checks.held(peer, bytes);
	}

	/** One of them is done with. */
	void released(PeerId peer, int bytes) {
		if (this.checks.released(peer, bytes)) {
			later(() -> read(peer));
		}
	}

	/** A connection has ended. */
	void disconnected(Connection connection) {
		PeerId peer = connection.remotePeer();
		Optional<Connection> other = this.node.connection(peer);
		if (other.isPresent()) {
			identified(other.get());
			return;
		}
		PeerLink link = this.links.get(peer);
		if (link != null && link.inbound() == null) {
			forget(peer);
		}
	}

	/**
	 * Whether a connection was its peer's last. One that has just come counts before the
	 * node lists it.
	 */
	private boolean isGone(Connection connection) {
		return !connection.isOpen() && this.node.connection(connection.remotePeer()).isEmpty();
	}

	private void forget(PeerId peer) {
		if (this.links.remove(peer) != null) {
			this.routing.on(new RouterEvent.PeerRemoved(peer));
		}
	}

	void disconnect(PeerId peer, String reason) {
		this.log.info("pubsub.disconnect", "Hanging up on {}: {}", peer, reason);
		this.node.disconnect(peer);
	}

	/** Gives up those that take nothing, and looks where peers are. */
	void heartbeat() {
		long now = now();
		if (now - this.addressesAt >= ADDRESSES_NANOS) {
			this.addressesAt = now;
			lookAtAddresses();
		}
		for (PeerLink link : List.copyOf(this.links.values())) {
			if (link.stalledFor(now) > STALLED_NANOS) {
				this.observer.stalled(link.peer());
				disconnect(link.peer(),
						"it has read nothing for " + TimeUnit.NANOSECONDS.toSeconds(STALLED_NANOS) + " seconds");
			}
		}
	}

	/** Whether everything that was handed to streams is written. */
	boolean isWritten() {
		return this.links.values().stream().allMatch((link) -> link.writing() == 0);
	}

	/** Ends every stream. */
	void close() {
		this.closed = true;
		for (PeerLink link : this.links.values()) {
			StreamChannel outbound = link.outbound();
			InboundStream inbound = link.inbound();
			link.outbound(null);
			link.inbound(null);
			if (outbound != null) {
				outbound.close();
			}
			if (inbound != null) {
				inbound.stream().close();
			}
		}
		this.links.clear();
	}

}

package io.p2pboot.libp2p.spring.metrics;

import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.NodeObserver.BlackHoleState;
import io.p2pboot.libp2p.multiformats.Multiaddr;

/**
 * The meters of one registry, each made with its first event. Any thread.
 */
final class RegistryMeters extends TrackedMeters {

	/** 1/16 s to 12 days, as go-libp2p. */
	private static final Duration[] CONNECTION_DURATIONS = exponential(Duration.ofSeconds(1).dividedBy(16), 2, 25);

	/** 1 ms to 7.5 s, as go-libp2p. */
	private static final Duration[] HANDSHAKES = exponential(Duration.ofMillis(1), 1.3, 35);

	/** As go-libp2p. */
	private static final Duration[] DIALS = IntStream.of(1, 10, 50, 100, 200, 300, 400, 500, 750, 1000, 2000)
		.mapToObj(Duration::ofMillis)
		.toArray(Duration[]::new);

	/** 1 to 20, then to 100 in steps of 5, as go-libp2p. */
	private static final double[] COUNTS = DoubleStream
		.concat(IntStream.rangeClosed(1, 20).asDoubleStream(),
				IntStream.rangeClosed(5, 20).mapToDouble((step) -> 5 * step))
		.toArray();

	private final Supplier<Node> node;

	private final ConcurrentMap<ProtocolStreams, ProtocolMeters> protocols = new ConcurrentHashMap<>();

	private final AtomicInteger protocolsSent = new AtomicInteger();

	private final AtomicInteger addressesSent = new AtomicInteger();

	private final ConcurrentMap<String, BlackHole> blackHoles = new ConcurrentHashMap<>();

	private final ScopeMeters scopes;

	private final EventMeters events;

	RegistryMeters(MeterRegistry registry, Supplier<Node> node, boolean histograms) {
		super(registry, histograms);
		this.node = node;
		this.scopes = new ScopeMeters(this, node);
		this.events = new EventMeters(this, node);
	}

	/** What the node's scopes use. */
	ScopeMeters scopes() {
		return this.scopes;
	}

	// Connections.

	void connectionOpened(Connection connection, Duration handshake, AtomicInteger open) {
		counter("libp2p.swarm.connections.opened", "Connections opened", MetricLabels.connection(connection))
			.increment();
		counter("libp2p.swarm.key.types", "Connections by the kind of the peer's key",
				Tags.of("dir", connection.direction().label(), "key.type", connection.remoteKey().type().label()))
			.increment();
		timer("libp2p.swarm.handshake.latency", "Time to secure and multiplex a connection",
				MetricLabels.handshake(connection), HANDSHAKES)
			.record(handshake);
		gauge("libp2p.rcmgr.connections", "Open connections",
				Tags.of("dir", connection.direction().label(), "scope", "system"), open);
		this.scopes.begin();
		this.events.begin();
		gauge("libp2p.peers.connected", "Connected peers", Tags.empty(), this.node, RegistryMeters::peers);
	}

	private static double peers(Supplier<Node> node) {
		return node.get().connections().stream().map(Connection::remotePeer).distinct().count();
	}

	void connectionClosed(Connection connection, Duration lifetime) {
		Tags tags = MetricLabels.connection(connection);
		counter("libp2p.swarm.connections.closed", "Connections closed", tags).increment();
		timer("libp2p.swarm.connection.duration", "How long connections were open", tags, CONNECTION_DURATIONS)
			.record(lifetime);
	}

	// Dialling.

	void dialFailed(Multiaddr address, Throwable cause) {
		counter("libp2p.swarm.dial.errors", "Addresses that could not be dialled",
				Tags.of("transport", MetricLabels.transport(address), "error", MetricLabels.dialError(cause),
						"ip.version", MetricLabels.ipVersion(address)))
			.increment();
	}

	void dialCompleted(boolean success, int dials, Duration elapsed) {
		Tags tags = Tags.of("outcome", MetricLabels.outcome(success), "num.dials", MetricLabels.dials(dials));
		counter("libp2p.swarm.dials.per.peer", "Peers dialled", tags).increment();
		timer("libp2p.swarm.dial.latency", "Time to dial a peer", tags, DIALS).record(elapsed);
	}

	void dialDelayed(Duration delay) {
		timer("libp2p.swarm.dial.ranking.delay", "How long a dial was held back for a better address", Tags.empty(),
				DIALS)
			.record(delay);
	}

	void blackHole(String network, BlackHoleState state, double successFraction, int nextProbeAfter) {
		BlackHole known = this.blackHoles.computeIfAbsent(network, (name) -> new BlackHole());
		known.state = state.ordinal();
		known.successFraction = successFraction;
		known.nextProbeAfter = nextProbeAfter;
		Tags tags = Tags.of("name", network);
		gauge("libp2p.swarm.black.hole.filter.state",
				"What is known of a network that may swallow packets: 0 nothing yet, 1 good, 2 blocked", tags, known,
				(told) -> told.state);
		gauge("libp2p.swarm.black.hole.filter.success.fraction", "Share of the last dials that succeeded", tags, known,
				(told) -> told.successFraction);
		gauge("libp2p.swarm.black.hole.filter.next.request.allowed.after",
				"Dials until one is made as if the network were good", tags, known, (told) -> told.nextProbeAfter);
	}

	// Protocols.

	void streamOpened(ProtocolStreams streams, Direction direction, AtomicInteger all) {
		of(streams).streamOpened(direction, all);
	}

	ProtocolMeters of(ProtocolStreams streams) {
		ProtocolMeters meters = this.protocols.get(streams);
		return (meters != null) ? meters
				: this.protocols.computeIfAbsent(streams, (key) -> new ProtocolMeters(this, key));
	}

	void streamRefused(String protocol) {
		counter("libp2p.streams.refused", "Streams refused because no thread was free for their handler",
				Tags.of("protocol", protocol))
			.increment();
	}

	void datagramDropped(String protocol, Direction direction, String reason) {
		counter("libp2p.datagrams.dropped", "Datagrams dropped by this node",
				Tags.of("dir", direction.label(), "protocol", protocol, "reason", reason))
			.increment();
	}

	void identify(Direction direction, boolean push, int protocols, int addresses) {
		boolean sent = direction == Direction.OUTBOUND;
		// Whoever asks for identify opens its stream, whoever pushes opens that one.
		Direction opened = (sent == push) ? Direction.OUTBOUND : Direction.INBOUND;
		counter(push ? "libp2p.identify.identify.push" : "libp2p.identify.identify",
				push ? "Identify pushes" : "Identify exchanges", Tags.of("dir", opened.label()))
			.increment();
		if (sent) {
			this.protocolsSent.set(protocols);
			this.addressesSent.set(addresses);
			gauge("libp2p.identify.protocols.count", "Protocols that this node told", Tags.empty(), this.protocolsSent);
			gauge("libp2p.identify.addrs.count", "Addresses that this node told", Tags.empty(), this.addressesSent);
		}
		else {
			summary("libp2p.identify.protocols.received", "Protocols that a peer told", Tags.empty(), COUNTS)
				.record(protocols);
			summary("libp2p.identify.addrs.received", "Addresses that a peer told", Tags.empty(), COUNTS)
				.record(addresses);
		}
	}

	void identified(boolean supportsPush) {
		counter("libp2p.identify.conn.push.support", "Identified peers by whether they take pushes",
				Tags.of("support", supportsPush ? "supported" : "not supported"))
			.increment();
	}

	void pushTriggered(String trigger) {
		counter("libp2p.identify.identify.pushes.triggered", "Changes of which connected peers were told",
				Tags.of("trigger", trigger))
			.increment();
	}

	void pinged(Duration roundTrip) {
		timer("libp2p.ping.rtt", "Round trip of pings", Tags.empty(), HANDSHAKES).record(roundTrip);
	}

	/** What was last told of a network. The states have the numbers of go-libp2p. */
	private static final class BlackHole {

		private volatile int state;

		private volatile double successFraction;

		private volatile int nextProbeAfter;

	}

}

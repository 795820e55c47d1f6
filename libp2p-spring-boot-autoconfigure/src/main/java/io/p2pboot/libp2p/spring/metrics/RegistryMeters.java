package io.p2pboot.libp2p.spring.metrics;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import org.jspecify.annotations.Nullable;

/**
 * The meters of one registry, each made with its first event. Any thread.
 */
final class RegistryMeters {

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

	private final MeterRegistry registry;

	private final Supplier<Node> node;

	private final boolean histograms;

	private final Set<Meter> registered = ConcurrentHashMap.newKeySet();

	private final Set<GaugeKey> gauges = ConcurrentHashMap.newKeySet();

	private final ConcurrentMap<ProtocolStreams, ProtocolMeters> protocols = new ConcurrentHashMap<>();

	private final AtomicInteger protocolsSent = new AtomicInteger();

	private final AtomicInteger addressesSent = new AtomicInteger();

	RegistryMeters(MeterRegistry registry, Supplier<Node> node, boolean histograms) {
		this.registry = registry;
		this.node = node;
		this.histograms = histograms;
	}

	MeterRegistry registry() {
		return this.registry;
	}

	void close() {
		this.registered.forEach(this.registry::remove);
		this.registered.clear();
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
		if (this.gauges.add(new GaugeKey("libp2p.peers.connected", Tags.empty()))) {
			track(Gauge.builder("libp2p.peers.connected", this.node, RegistryMeters::peers)
				.description("Connected peers")
				.register(this.registry));
		}
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
			summary("libp2p.identify.protocols.received", "Protocols that a peer told").record(protocols);
			summary("libp2p.identify.addrs.received", "Addresses that a peer told").record(addresses);
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

	// Making meters; the registry hands out the one that exists.

	Counter counter(String name, String description, Tags tags) {
		return counter(name, description, tags, null);
	}

	Counter counter(String name, String description, Tags tags, @Nullable String unit) {
		return track(Counter.builder(name).description(description).baseUnit(unit).tags(tags).register(this.registry));
	}

	/** Micrometer warns of a gauge that is registered twice. */
	void gauge(String name, String description, Tags tags, AtomicInteger value) {
		if (this.gauges.add(new GaugeKey(name, tags))) {
			track(Gauge.builder(name, value, AtomicInteger::doubleValue)
				.description(description)
				.tags(tags)
				.register(this.registry));
		}
	}

	private Timer timer(String name, String description, Tags tags, Duration[] buckets) {
		Timer.Builder timer = Timer.builder(name).description(description).tags(tags);
		if (this.histograms) {
			timer.serviceLevelObjectives(buckets);
		}
		return track(timer.register(this.registry));
	}

	private DistributionSummary summary(String name, String description) {
		DistributionSummary.Builder summary = DistributionSummary.builder(name).description(description);
		if (this.histograms) {
			summary.serviceLevelObjectives(COUNTS);
		}
		return track(summary.register(this.registry));
	}

	private <M extends Meter> M track(M meter) {
		this.registered.add(meter);
		return meter;
	}

	private static Duration[] exponential(Duration first, double factor, int count) {
		Duration[] buckets = new Duration[count];
		double nanos = first.toNanos();
		for (int index = 0; index < count; index++) {
			buckets[index] = Duration.ofNanos(Math.round(nanos));
			nanos *= factor;
		}
		return buckets;
	}

	/** A gauge that exists. */
	private record GaugeKey(String name, Tags tags) {
	}

}

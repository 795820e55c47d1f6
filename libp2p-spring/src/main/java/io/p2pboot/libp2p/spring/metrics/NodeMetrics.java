package io.p2pboot.libp2p.spring.metrics;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.NodeObserver;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.Resource;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.multiformats.Multiaddr;

/**
 * Measures a node under the names, tags and values of go-libp2p's metrics, so that its
 * dashboards show this node too. A meter appears with its first event. Any number of
 * registries; closing takes the meters out of them. Thread-safe; allocates nothing for a
 * stream, frame or datagram.
 *
 * <p>
 * A remote peer chooses no tag value: a protocol counts under its own name only while it
 * is mounted here, and for at most as many protocols as are allowed.
 */
public final class NodeMetrics implements NodeObserver, MeterBinder, AutoCloseable {

	/** Outbound protocols that are not mounted and whose lookup is spared. */
	private static final int MAX_REMEMBERED_OTHERS = 1024;

	private final Supplier<Node> node;

	private final int maxProtocols;

	private final ProtocolStreams others = new ProtocolStreams(MetricLabels.OTHER);

	private final ConcurrentMap<ProtocolPath, ProtocolStreams> protocols = new ConcurrentHashMap<>();

	/** How many of them have a name; guarded by {@code lock}. */
	private int named;

	/** How many of them are others; guarded by {@code lock}. */
	private int remembered;

	private final AtomicInteger inboundConnections = new AtomicInteger();

	private final AtomicInteger outboundConnections = new AtomicInteger();

	private final AtomicInteger inboundStreams = new AtomicInteger();

	private final AtomicInteger outboundStreams = new AtomicInteger();

	private final ReentrantLock lock = new ReentrantLock();

	private final BoundRegistries<RegistryMeters> registries;

	/**
	 * Creates metrics.
	 * @param node the node that is measured; asked for after it was built
	 * @param histograms whether durations and sizes are counted in buckets
	 * @param maxProtocols how many mounted protocols get a tag value of their own
	 */
	public NodeMetrics(Supplier<Node> node, boolean histograms, int maxProtocols) {
		this.node = node;
		this.maxProtocols = maxProtocols;
		this.registries = new BoundRegistries<>((registry) -> new RegistryMeters(registry, node, histograms));
	}

	/**
	 * Begins to fill a registry; does nothing if it is filled already.
	 * @param registry the registry
	 */
	@Override
	public void bindTo(MeterRegistry registry) {
		this.registries.bind(registry);
	}

	/**
	 * Takes the meters out of every registry.
	 */
	@Override
	public void close() {
		this.registries.close();
	}

	@Override
	public void connectionOpened(Connection connection, Duration handshake) {
		AtomicInteger count = connections(connection.direction());
		count.incrementAndGet();
		for (RegistryMeters meters : this.registries.all()) {
			meters.connectionOpened(connection, handshake, count);
		}
	}

	@Override
	public void connectionClosed(Connection connection, Duration lifetime) {
		connections(connection.direction()).decrementAndGet();
		for (RegistryMeters meters : this.registries.all()) {
			meters.connectionClosed(connection, lifetime);
		}
	}

	private AtomicInteger connections(Direction direction) {
		return (direction == Direction.INBOUND) ? this.inboundConnections : this.outboundConnections;
	}

	@Override
	public void dialFailed(Multiaddr address, Throwable cause) {
		for (RegistryMeters meters : this.registries.all()) {
			meters.dialFailed(address, cause);
		}
	}

	@Override
	public void dialCompleted(PeerId peer, boolean success, int dials, Duration elapsed) {
		for (RegistryMeters meters : this.registries.all()) {
			meters.dialCompleted(success, dials, elapsed);
		}
	}

	@Override
	public void dialDelayed(Duration delay) {
		for (RegistryMeters meters : this.registries.all()) {
			meters.dialDelayed(delay);
		}
	}

	@Override
	public void blackHole(String network, BlackHoleState state, double successFraction, int nextProbeAfter) {
		for (RegistryMeters meters : this.registries.all()) {
			meters.blackHole(network, state, successFraction, nextProbeAfter);
		}
	}

	@Override
	public void streamOpened(Connection connection, ProtocolPath protocol, Direction direction) {
		ProtocolStreams streams = admit(protocol);
		streams.count(direction).incrementAndGet();
		AtomicInteger all = streams(direction);
		all.incrementAndGet();
		List<RegistryMeters> registries = this.registries.all();
		for (int index = 0; index < registries.size(); index++) {
			registries.get(index).streamOpened(streams, direction, all);
		}
	}

	@Override
	public void streamClosed(Connection connection, ProtocolPath protocol, Direction direction) {
		known(protocol).count(direction).decrementAndGet();
		streams(direction).decrementAndGet();
	}

	private AtomicInteger streams(Direction direction) {
		return (direction == Direction.INBOUND) ? this.inboundStreams : this.outboundStreams;
	}

	@Override
	public void bytesMoved(ProtocolPath protocol, Direction direction, int bytes) {
		ProtocolStreams streams = known(protocol);
		List<RegistryMeters> registries = this.registries.all();
		for (int index = 0; index < registries.size(); index++) {
			registries.get(index).of(streams).bytesMoved(direction, bytes);
		}
	}

	@Override
	public void streamRefused(Stream stream) {
		ProtocolStreams streams = admit(stream.protocol());
		for (RegistryMeters meters : this.registries.all()) {
			meters.streamRefused(streams.label());
		}
	}

	@Override
	public void datagram(ProtocolPath protocol, Direction direction) {
		ProtocolStreams streams = admit(protocol);
		List<RegistryMeters> registries = this.registries.all();
		for (int index = 0; index < registries.size(); index++) {
			registries.get(index).of(streams).datagram(direction);
		}
	}

	@Override
	public void datagramDropped(ProtocolPath protocol, Direction direction, DatagramDrop reason) {
		ProtocolStreams streams = admit(protocol);
		for (RegistryMeters meters : this.registries.all()) {
			meters.datagramDropped(streams.label(), direction, reason.label());
		}
	}

	@Override
	public void datagramHandlerFailed(ProtocolPath protocol, Throwable failure) {
		ProtocolStreams streams = admit(protocol);
		for (RegistryMeters meters : this.registries.all()) {
			meters.datagramDropped(streams.label(), Direction.INBOUND, "handler-failed");
		}
	}

	@Override
	public void identify(Direction direction, boolean push, int protocols, int addresses) {
		for (RegistryMeters meters : this.registries.all()) {
			meters.identify(direction, push, protocols, addresses);
		}
	}

	@Override
	public void identified(Connection connection, boolean supportsPush) {
		for (RegistryMeters meters : this.registries.all()) {
			meters.identified(supportsPush);
		}
	}

	@Override
	public void pushTriggered(PushTrigger trigger) {
		for (RegistryMeters meters : this.registries.all()) {
			meters.pushTriggered(trigger.label());
		}
	}

	@Override
	public void pinged(Connection connection, Duration roundTrip) {
		for (RegistryMeters meters : this.registries.all()) {
			meters.pinged(roundTrip);
		}
	}

	@Override
	public void resourceBlocked(String scope, Direction direction, Resource resource) {
		for (RegistryMeters meters : this.registries.all()) {
			meters.scopes().blocked(scope, direction, resource);
		}
	}

	@Override
	public void peerConnections(Direction direction, int before, int after) {
		for (RegistryMeters meters : this.registries.all()) {
			meters.scopes().peerConnections(direction, before, after);
		}
	}

	@Override
	public void peerStreams(Direction direction, int before, int after) {
		List<RegistryMeters> registries = this.registries.all();
		for (int index = 0; index < registries.size(); index++) {
			registries.get(index).scopes().peerStreams(direction, before, after);
		}
	}

	@Override
	public void peerMemory(long before, long after) {
		for (RegistryMeters meters : this.registries.all()) {
			meters.scopes().peerMemory(before, after);
		}
	}

	private ProtocolStreams known(ProtocolPath protocol) {
		ProtocolStreams known = this.protocols.get(protocol);
		return (known != null) ? known : this.others;
	}

	/** Gives a protocol its place, once; what is not mounted stays one of the others. */
	private ProtocolStreams admit(ProtocolPath protocol) {
		ProtocolStreams known = this.protocols.get(protocol);
		return (known != null) ? known : admitNew(protocol);
	}

	private ProtocolStreams admitNew(ProtocolPath protocol) {
		this.lock.lock();
		try {
			ProtocolStreams known = this.protocols.get(protocol);
			if (known != null) {
				return known;
			}
			// An open stream must not change its place: what was not remembered stays so.
			if (this.remembered >= MAX_REMEMBERED_OTHERS) {
				return this.others;
			}
			ProtocolStreams place = place(protocol);
			this.protocols.put(protocol, place);
			return place;
		}
		finally {
			this.lock.unlock();
		}
	}

	private ProtocolStreams place(ProtocolPath protocol) {
		if (this.named < this.maxProtocols && this.node.get().protocols().contains(protocol)) {
			this.named++;
			return new ProtocolStreams(protocol.value());
		}
		this.remembered++;
		return this.others;
	}

}

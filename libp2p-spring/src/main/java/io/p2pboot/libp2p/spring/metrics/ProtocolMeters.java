package io.p2pboot.libp2p.spring.metrics;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Tags;
import io.p2pboot.libp2p.Direction;
import org.jspecify.annotations.Nullable;

/**
 * The meters of one protocol in one registry. Any thread; allocates nothing once a meter
 * exists.
 */
final class ProtocolMeters {

	private static final int DIRECTIONS = Direction.values().length;

	private final RegistryMeters registry;

	private final ProtocolStreams streams;

	private final AtomicReferenceArray<@Nullable Counter> bytes = new AtomicReferenceArray<>(DIRECTIONS);

	private final AtomicReferenceArray<@Nullable Counter> datagrams = new AtomicReferenceArray<>(DIRECTIONS);

	private final AtomicReferenceArray<@Nullable Direction> gauges = new AtomicReferenceArray<>(DIRECTIONS);

	ProtocolMeters(RegistryMeters registry, ProtocolStreams streams) {
		this.registry = registry;
		this.streams = streams;
	}

	void streamOpened(Direction direction, AtomicInteger all) {
		if (this.gauges.getAndSet(direction.ordinal(), direction) == null) {
			this.registry.scopes().protocol(this.streams.label());
			this.registry.gauge("libp2p.rcmgr.streams", "Open streams",
					Tags.of("dir", direction.label(), "scope", "protocol", "protocol", this.streams.label()),
					this.streams.count(direction));
			this.registry.gauge("libp2p.rcmgr.streams", "Open streams",
					Tags.of("dir", direction.label(), "scope", "system", "protocol", MetricLabels.NONE), all);
		}
	}

	void bytesMoved(Direction direction, int count) {
		Counter counter = this.bytes.get(direction.ordinal());
		if (counter == null) {
			counter = this.registry.counter("libp2p.network.io", "Payload on streams", tags(direction), "bytes");
			this.bytes.set(direction.ordinal(), counter);
		}
		counter.increment(count);
	}

	void datagram(Direction direction) {
		Counter counter = this.datagrams.get(direction.ordinal());
		if (counter == null) {
			counter = this.registry.counter("libp2p.datagrams", "Datagrams sent and received", tags(direction));
			this.datagrams.set(direction.ordinal(), counter);
		}
		counter.increment();
	}

	private Tags tags(Direction direction) {
		return Tags.of("dir", direction.label(), "protocol", this.streams.label());
	}

}
